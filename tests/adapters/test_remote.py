"""An endpoint against a real HTTP server on loopback: one that works, stalls, fails, redirects, lies and dies."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest

import xaikit
from xaikit.adapters.remote import load, recognises
from xaikit.auditing.models import load_model
from xaikit.core.errors import DataError, ModelError, SpecError
from xaikit.core.model import Model

ROWS = np.random.default_rng(4).normal(size=(23, 3)).round(3)


def score(rows):
    return 1 / (1 + np.exp(-np.asarray(rows, float) @ [1.0, -2.0, 0.5]))


class Service(ThreadingHTTPServer):
    """Answers, and keeps what it was asked; `trouble(number of request, handler)` may answer instead."""

    daemon_threads = True

    def __init__(self, trouble=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.trouble, self.asked, self.headers = trouble, [], []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """Say nothing: clients that hang up are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        server.asked.append(document)
        server.headers.append(dict(self.headers))
        if server.trouble and server.trouble(len(server.asked), self):
            return
        self.send(
            {"/invocations": mlflow, "/v2/models/m/infer": kserve}.get(self.path.split("?")[0], custom)(document)
        )

    def send(self, document, status=200, headers=()):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def mlflow(document):
    rows = document["dataframe_split"]["data"] if "dataframe_split" in document else next(iter(document.values()))
    return {"predictions": score(rows).tolist()}


def kserve(document):
    (entry,) = document["inputs"]
    assert entry["datatype"] == "FP32"
    p = score(np.reshape(entry["data"], entry["shape"]))
    both = np.column_stack([1 - p, p])
    return {"outputs": [{"name": "p", "shape": list(both.shape), "datatype": "FP64", "data": both.ravel().tolist()}]}


def custom(document):
    return {"results": [{"score": {"no": 1 - p, "yes": p}} for p in score(document["q"]["rows"]).tolist()]}


@contextmanager
def serving(trouble=None):
    server = Service(trouble)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def quick(server, path="/invocations", **parameters):
    model = load(url=server.url + path, **{"timeout": 0.4, "payload": "inputs", **parameters})
    model.endpoint.pause = 0.01
    return model


# ---- protocols


@pytest.mark.parametrize(
    ("path", "parameters", "columns"),
    [
        ("/invocations", {}, 1),
        ("/invocations", {"payload": "inputs"}, 1),
        ("/invocations", {"payload": "instances"}, 1),
        ("/v2/models/m/infer", {"protocol": "kserve"}, 2),
        (
            "/any",
            {"protocol": "json", "request": {"q": {"rows": "$rows"}}, "response": "results[*].score"},
            2,
        ),
    ],
)
def test_every_protocol_gives_the_scores_of_the_function_behind_it(path, parameters, columns):
    with serving() as server:
        model = load_model(adapter="remote", url=server.url + path, batch_size=10, **parameters)
        assert isinstance(model, Model)
        out = model.predict(ROWS)
        assert out.shape == (23, columns)
        assert out[:, -1] == pytest.approx(score(ROWS), abs=1e-15)
        assert len(server.asked) == 3
        assert model.card.output_names == (("no", "yes") if path == "/any" else ())


def test_names_of_columns_travel_and_values_keep_their_type():
    with serving(lambda n, h: h.send({"predictions": [0.5]}) or True) as server:
        model = load(url=server.url + "/invocations")
        assert model.takes_frames
        model.predict(pd.DataFrame({"age": [30], "city": ["Bern"], "pay": [np.nan], "ok": [True]}))
        assert server.asked == [
            {"dataframe_split": {"columns": ["age", "city", "pay", "ok"], "data": [[30, "Bern", None, True]]}}
        ]


def test_records_and_texts():
    request = {"people": "$records", "mode": "fast"}
    with serving(lambda n, h: h.send([0.25, 0.75]) or True) as server:
        model = load(url=server.url, protocol="json", request=request)
        assert model.predict(pd.DataFrame({"a": [1, 2]})).tolist() == [[0.25], [0.75]]
        assert server.asked[0] == {"people": [{"a": 1}, {"a": 2}], "mode": "fast"}
        texts = load(url=server.url, protocol="json", request={"inputs": "$rows"})
        assert texts.predict(["one", "two"]).tolist() == [[0.25], [0.75]]
        assert server.asked[1] == {"inputs": ["one", "two"]}


# ---- counting, caching


def test_equal_rows_cost_one_row_and_known_rows_cost_nothing():
    with serving() as server:
        model = quick(server, batch_size=5)
        twice = np.vstack([ROWS, ROWS])
        assert model.requests_for(twice) == 5
        assert not server.asked
        out = model.predict(twice)
        assert np.array_equal(out[:23], out[23:])
        assert sum(len(d["inputs"]) for d in server.asked) == 23
        assert model.requests_for(twice) == 0
        model.predict(ROWS[::-1])
        assert model.endpoint.spent.requests == 5


def test_asking_afresh_reaches_the_endpoint_again():
    with serving() as server:
        model = quick(server)
        first = model.predict(ROWS)
        assert np.array_equal(model.uncached.predict(ROWS), first)
        assert len(server.asked) == 2


def test_another_endpoint_or_other_columns_are_other_questions(tmp_path):
    with serving() as server:
        cache = tmp_path / "answers.sqlite"
        load(url=server.url + "/invocations", payload="inputs", cache=cache).predict(ROWS)
        load(url=server.url + "/invocations", payload="instances", cache=cache).predict(ROWS)
        load(url=server.url + "/invocations", payload="inputs", cache=cache).predict(ROWS)
        assert len(server.asked) == 2


def test_nothing_is_lost_when_the_endpoint_dies_half_way(tmp_path):
    cache = tmp_path / "answers.sqlite"

    def dies(number, handler):
        if number > 3:
            handler.connection.close()
            return True
        return False

    with serving(dies) as server:
        port = server.server_address[1]
        model = quick(server, batch_size=5, cache=cache, retries=1)
        with pytest.raises(ModelError, match="after 2 attempts"):
            model.predict(ROWS)
    assert len(model.cache) == 15
    again = load(url=f"http://127.0.0.1:{port}/invocations", payload="inputs", batch_size=5, cache=cache)
    assert again.requests_for(ROWS) == 2, "known before anything is sent"
    assert np.array_equal(again.predict(ROWS[:15])[:, 0], score(ROWS[:15]))  # nobody listens there any more
    with serving() as server:
        again.endpoint.url = server.url + "/invocations"  # the address is part of the question: all is asked anew
        again.predict(ROWS)
        assert sum(len(d["inputs"]) for d in server.asked) == 23


def test_a_cache_that_is_something_else_is_refused(tmp_path):
    (tmp_path / "c").write_text("not a database, certainly not one" * 10)
    with pytest.raises(DataError, match="SQLite"):
        load(url="http://127.0.0.1:9/x", cache=tmp_path / "c")


def test_an_audit_says_what_an_endpoint_will_cost_before_it_asks():
    told = []
    with serving() as server:
        result = xaikit.audit(
            pd.DataFrame(ROWS, columns=["a", "b", "c"]).assign(sex=["F", "M"] * 11 + ["F"]),
            roles=xaikit.Roles(sensitive=["sex"]),
            model=quick(server, batch_size=5),
            features=["a", "b", "c"],
            checks=["selection_rate"],
            progress=lambda task, done, total: told.append((task, done, total, len(server.asked))),
        )
        assert ("requests to the endpoint, for the audited rows", 0, 5, 0) in told
        assert len(server.asked) == 5
    assert result.measured("selection_rate", group="F")
    assert "127.0.0.1" in result.provenance.model["url"]


# ---- trouble


def test_what_may_pass_is_tried_again():
    def trouble(number, handler):
        if number == 1:
            handler.send(b"busy", 503)
        elif number == 2:
            handler.connection.close()
        elif number == 3:
            handler.send(b"slow down", 429, [("Retry-After", "0.02")])
        return number < 4

    with serving(trouble) as server:
        model = quick(server)
        assert model.predict(ROWS)[:, 0] == pytest.approx(score(ROWS))
        assert model.endpoint.spent.retries == 3
        assert len(server.asked) == 4


def test_pauses_double_and_obey_what_the_server_asks_for():
    with serving(lambda n, h: h.send(b"", 429, [("Retry-After", "7")] if n == 3 else []) or True) as server:
        model, pauses = quick(server), []
        model.endpoint.sleep = pauses.append
        with pytest.raises(ModelError, match="status 429"):
            model.predict(ROWS)
        assert pauses == [0.01, 0.02, 7.0, 0.08]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_will_not_pass_is_not_tried_again(status):
    with serving(lambda n, h: h.send(b"no such model", status) or True) as server:
        with pytest.raises(ModelError, match=rf"status {status}: 'no such model'"):
            quick(server).predict(ROWS)
        assert len(server.asked) == 1


def test_an_endpoint_that_stalls_is_given_up():
    with serving(lambda n, h: time.sleep(1.2) or True) as server:
        started = time.monotonic()
        with pytest.raises(ModelError, match=r"TimeoutError.*after 2 attempts"):
            quick(server, timeout=0.2, retries=1).predict(ROWS)
        assert time.monotonic() - started < 1.0


def test_an_endpoint_that_drips_is_given_up():
    def drip(number, handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
        return True

    with serving(drip) as server:
        started = time.monotonic()
        with pytest.raises(ModelError, match="TimeoutError"):
            quick(server, timeout=0.3, retries=0).predict(ROWS)
        assert time.monotonic() - started < 1.0


def test_half_an_answer_is_no_answer():
    def half(number, handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"predictions": [0.5')
        handler.close_connection = True
        return True

    with serving(half) as server, pytest.raises(ModelError, match="IncompleteRead"):
        quick(server, retries=0).predict(ROWS)


def test_redirects_are_not_followed():
    with serving() as elsewhere:
        with (
            serving(lambda n, h: h.send(b"", 307, [("Location", elsewhere.url + "/invocations")]) or True) as server,
            pytest.raises(ModelError, match=r"a redirect to .* which is not followed"),
        ):
            quick(server).predict(ROWS)
        assert not elsewhere.asked


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"predictions": [0.5]}, r"answers of shape \(1,\) to 23 rows"),
        ({"predictions": [0.5] * 24}, r"answers of shape \(24,\) to 23 rows"),
        ({"predictions": ["yes"] * 23}, "words as answers, such as 'yes'"),
        ({"predictions": [0.5] * 22 + [None]}, "row 23|finite"),
        ({"predictions": [[0.5]] * 22 + [[0.5, 0.5]]}, "different lengths"),
        ({"scores": [0.5] * 23}, "no 'predictions' in"),
        ([0.5] * 23, "no 'predictions' in"),
        (b"<html>welcome</html>", "'<html>welcome</html>'; expected JSON"),
        (b'{"predictions": [NaN, 1]}', "shape|NaN"),
    ],
)
def test_lies_are_named(answer, says):
    with serving(lambda n, h: h.send(answer) or True) as server:
        model = quick(server)
        with pytest.raises(ModelError, match=says):
            model.predict(ROWS)
        assert len(model.cache) == 0, "a lie is not kept"


@pytest.mark.parametrize("shape", [[23, 3], [46], [23, -2]])
def test_kserve_shapes_that_do_not_fit_their_data(shape):
    lie = {"outputs": [{"name": "p", "shape": shape, "datatype": "FP64", "data": [0.5] * 46}]}
    with serving(lambda n, h: h.send(lie) or True) as server, pytest.raises(ModelError):
        quick(server, "/v2/models/m/infer", protocol="kserve").predict(ROWS)


# ---- limits and secrets


def test_no_more_requests_than_allowed():
    with serving() as server:
        model = quick(server, batch_size=5, max_requests=2)
        with pytest.raises(ModelError, match="2 requests sent, as many as `max_requests` allows"):
            model.predict(ROWS)
        assert len(server.asked) == 2
        assert len(model.cache) == 10


def test_the_rate_is_kept():
    with serving() as server:
        model, waits = quick(server, batch_size=5, rate=50.0), []
        model.endpoint.sleep = lambda s: waits.append(s) or time.sleep(s)
        model.predict(ROWS)
        assert len(waits) >= 3
        assert sum(waits) <= 4 / 50 + 0.05


def test_secrets_come_from_the_environment_and_are_seen_nowhere(monkeypatch):
    monkeypatch.setenv("SCREENING_TOKEN", "s3cr3t-value")
    with serving(lambda n, h: h.send(b"bad token s3cr3t-value", 401) or True) as server:
        model = quick(server, headers={"Authorization": "Bearer ${SCREENING_TOKEN}"})
        with pytest.raises(ModelError) as error:
            model.predict(ROWS)
        assert server.headers[0]["Authorization"] == "Bearer s3cr3t-value"
        assert "s3cr3t" not in str(error.value)
        assert "bad token •••" in str(error.value)
        assert "s3cr3t" not in repr(model.card)


def test_secrets_that_are_written_down_missing_or_readable_on_the_way_are_refused(monkeypatch):
    with pytest.raises(SpecError, match="a value written down"):
        load(url="https://example.org/x", headers={"X-Api-Key": "abc"})
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    with pytest.raises(SpecError, match="no environment variable NO_SUCH_TOKEN"):
        load(url="https://example.org/x", headers={"Authorization": "${NO_SUCH_TOKEN}"})
    monkeypatch.setenv("TOKEN", "t")
    with pytest.raises(SpecError, match="https, so that nobody"):
        load(url="http://example.org/x", headers={"Authorization": "${TOKEN}"})
    with pytest.raises(SpecError, match="a user or password"):
        load(url="https://me:pass@example.org/x")


@pytest.mark.parametrize("url", ["ftp://example.org", "file:///etc/passwd", "example.org/x", "http://"])
def test_wrong_addresses(url):
    with pytest.raises(SpecError, match="http:// or https://"):
        load(url=url)


def test_only_hosts_that_are_allowed():
    with pytest.raises(SpecError, match=r"the host 'evil\.example'"):
        load(url="https://evil.example/x", allow_hosts=["models.example"])


def test_other_wrong_parameters(tmp_path):
    with pytest.raises(SpecError, match="where the rows go"):
        load(url="http://127.0.0.1:9", protocol="json", request={"x": 1})
    with pytest.raises(SpecError, match="at least 1 row"):
        load(url="http://127.0.0.1:9", batch_size=0)
    with pytest.raises(SpecError, match="Did you mean 'timeout'"):
        load_model(adapter="remote", url="http://127.0.0.1:9", time_out=3)
    assert not recognises(tmp_path)


def test_nobody_listens():
    with pytest.raises(ModelError, match="ConnectionRefusedError"):
        load(url="http://127.0.0.1:9/x", retries=0).predict(ROWS)
    with pytest.raises(DataError, match="no rows"):
        load(url="http://127.0.0.1:9/x").predict(np.zeros((0, 3)))
