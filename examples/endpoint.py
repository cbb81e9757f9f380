"""A model behind an HTTP endpoint, audited without ever seeing it; the endpoint fails in the middle of it.

The service is started here, on this machine, in the shape of MLflow's `/invocations`. It answers three requests, then
breaks down; the second attempt goes on from the answers that are kept, and asks nothing twice.

Run: python examples/endpoint.py [folder for the report]
"""

import json
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd

import xaikit as xk


class Service(BaseHTTPRequestHandler):
    """The vendor's model: it prefers experience, and men."""

    working, asked = 3, 0

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["dataframe_split"]
        if Service.working == 0:
            self.send_error(500, "out of order")
            return
        Service.working -= 1
        table = pd.DataFrame(asked["data"], columns=asked["columns"])
        Service.asked += len(table)
        score = 1 / (1 + np.exp(-(table["years"] - 9) / 3 - 0.6 * (table["sex"] == "M")))
        body = json.dumps({"predictions": score.tolist()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def applicants(n):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"years": rng.gamma(4, 2.2, n), "sex": rng.choice(["F", "M"], n)})


def main(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    table = applicants(600)
    with tempfile.TemporaryDirectory() as kept:

        def vendor():
            return xk.load_model(
                adapter="remote",
                url=f"http://127.0.0.1:{server.server_address[1]}/invocations",
                cache=Path(kept) / "answers.sqlite",
                batch_size=100,
                retries=0,
                outputs=["hire"],
            )

        model = vendor()
        print(f"the table costs {model.requests_for(table)} requests")
        try:
            model.predict(table)
        except xk.ModelError as error:
            print(f"the endpoint failed: {error.got}")
        Service.working = 1000
        model = vendor()
        print(f"{len(model.cache)} answers are kept; what is left costs {model.requests_for(table)} requests")
        result = xk.audit(
            table,
            roles=xk.Roles(sensitive=["sex"]),
            model=model,
            features=["years", "sex"],
            checks={"representation": {}, "selection_rate": {}, "attribute_flip": {}, "repeatability": {"rows": 50}},
            profiles=["us_ugesp"],
            title="A vendor's model behind an endpoint",
        )
        women = result.measured("impact_ratio", group="F")[0]
        flip = result.measured("attribute_flip_to_favourable", group="F", reference="M")[0]
        print(f"impact ratio of women: {women.value:.2f} ({women.low:.2f} to {women.high:.2f}): {result.verdict}")
        print(f"{flip.detail['count']} of {flip.n} women would be selected if they were men")
        result.to_html(folder / "endpoint.html")
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
