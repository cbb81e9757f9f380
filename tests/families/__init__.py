"""Every family of network: evidence is planted, and the explanation must find it; chance stands beside the score."""
