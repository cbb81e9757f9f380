"""What is run in this repository and does not come with the package."""
