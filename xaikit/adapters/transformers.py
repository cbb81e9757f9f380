"""A Hugging Face model in a local folder, with safetensors: texts in, scores, embeddings or next tokens out."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from xaikit.compute import artefacts
from xaikit.compute.answers import answers
from xaikit.compute.devices import placed, resolve
from xaikit.compute.texts import as_texts
from xaikit.core.errors import MissingExtraError, ModelError, TrustError, listed, shown
from xaikit.core.model import Array, ModelCard

try:
    import transformers
except ImportError as error:
    raise MissingExtraError(
        "adapter transformers", "no transformers", "the optional packages for text", "pip install 'xaikit[text]'"
    ) from error

Task = Literal["auto", "classification", "embedding", "next_token"]
Activation = Literal["none", "sigmoid", "softmax"]
CLASSES = {
    "classification": "AutoModelForSequenceClassification",
    "embedding": "AutoModel",
    "next_token": "AutoModelForCausalLM",
}
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.msgpack", "*.h5")


class TransformersModel:
    """A transformer with its tokenizer as a black box that reads texts.

    Parameters
    ----------
    network : transformers.PreTrainedModel
        In evaluation mode.
    tokenizer : transformers.PreTrainedTokenizerBase
        Of the network.
    task : {"classification", "embedding", "next_token"}
        What the network's answer is.
    card : ModelCard
        Of the folder.
    activation : {"none", "sigmoid", "softmax"}
        Applied to logits.
    batch_size : int
        Texts at once.
    max_length : int
        Tokens of a text; what is longer is cut, as the network was trained.
    """

    takes_frames = True  # a table of one column, the text

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        task: str,
        card: ModelCard,
        *,
        activation: Activation = "none",
        batch_size: int = 32,
        max_length: int = 512,
    ) -> None:
        self.module, self.tokenizer, self.task, self.card = network, tokenizer, task, card
        self.activation, self.batch_size, self.max_length = activation, batch_size, max_length
        self._where = f"model {shown(card.name)}"

    @property
    def device(self) -> torch.device:
        """Where the network lies."""
        return torch.device(next(self.module.parameters()).device)

    def tokens(self, text: str) -> tuple[str, ...]:
        """Return the tokens of a text, in order, special ones among them."""
        ids = self.tokenizer(text, truncation=True, max_length=self.max_length)["input_ids"]
        return tuple(self.tokenizer.convert_ids_to_tokens(ids))

    def predict(self, batch: Any) -> Array:
        """Return the scores of texts, or of embeddings `(n, tokens, width)`; float64 `(n, outputs)`.

        Raises
        ------
        DataError
            When the batch is not texts.
        ModelError
            When the network raises (with the rows) or answers with NaN.
        """
        with torch.inference_mode():
            if isinstance(batch, torch.Tensor):
                return answers(self.forward, batch.to(self.device), self._where, size=self.batch_size)
            return answers(self._answer, as_texts(batch), self._where, size=self.batch_size)

    def embed(self, text: str) -> torch.Tensor:
        """Return the input embeddings of a text, float `(1, tokens, width)`: what gradients can reach."""
        ids = self.tokenizer(text, truncation=True, max_length=self.max_length, return_tensors="pt")["input_ids"]
        found: torch.Tensor = self.module.get_input_embeddings()(ids.to(self.device))
        return found.detach()

    def absent(self) -> torch.Tensor:
        """Return the input embedding of the padding token, float `(width,)`: a token that says nothing."""
        token = torch.tensor(self.tokenizer.pad_token_id or 0, device=self.device)
        found: torch.Tensor = self.module.get_input_embeddings()(token)
        return found.detach()

    def spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return where each token begins in a text, and the place after its end; (0, 0) for special ones.

        Raises
        ------
        ModelError
            When the tokenizer does not know.
        """
        if not self.tokenizer.is_fast:
            raise ModelError(self._where, "a tokenizer without offsets", "a fast tokenizer: tokenizer.json")
        found = self.tokenizer(text, truncation=True, max_length=self.max_length, return_offsets_mapping=True)
        return tuple((int(a), int(b)) for a, b in found["offset_mapping"])

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return the outputs of embeddings `(n, tokens, width)`, with the graph kept."""
        mask = torch.ones(batch.shape[:2], dtype=torch.long, device=batch.device)
        return self._scored(self.module(inputs_embeds=batch, attention_mask=mask), mask)

    def attention(self, text: str) -> Array:
        """Return the attention weights of a text, float64 `(layers, heads, tokens, tokens)`; each row sums to 1.

        Raises
        ------
        ModelError
            When the network does not give them.
        """
        encoded = self._encoded([text])
        with torch.inference_mode():
            found = self.module(**encoded, output_attentions=True).attentions
        if not found or found[0] is None:
            raise ModelError(self._where, "no attention weights", "a network loaded with attention: eager")
        return np.asarray(torch.cat(list(found)).cpu().double().numpy())

    def _encoded(self, texts: Sequence[str]) -> Any:
        made = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=self.max_length, return_tensors="pt"
        )
        return made.to(self.device)

    def _answer(self, texts: Sequence[str]) -> torch.Tensor:
        encoded = self._encoded(texts)
        return self._scored(self.module(**encoded), encoded["attention_mask"])

    def _scored(self, output: Any, mask: torch.Tensor) -> torch.Tensor:
        if self.task == "embedding":
            weights = mask[:, :, None].to(output.last_hidden_state.dtype)
            pooled = (output.last_hidden_state * weights).sum(1) / weights.sum(1)
            return torch.nn.functional.normalize(pooled, dim=1)
        logits = output.logits
        if self.task == "next_token":
            last = mask.sum(1) - 1 if self.tokenizer.padding_side == "right" else torch.full_like(mask[:, 0], -1)
            logits = logits[torch.arange(len(logits), device=logits.device), last]
        if self.activation == "softmax":
            return torch.softmax(logits, dim=1)
        return torch.sigmoid(logits) if self.activation == "sigmoid" else torch.as_tensor(logits)


def load(
    *,
    path: Path,
    task: Task = "auto",
    activation: Activation = "none",
    outputs: list[str] | None = None,
    batch_size: int = 32,
    max_length: int | None = None,
    device: str = "auto",
) -> TransformersModel:
    """Open a local folder; nothing is downloaded, no code and no pickle in it is executed.

    Parameters
    ----------
    path : Path
        A folder with `config.json`, safetensors and the tokenizer's files.
    task : {"auto", "classification", "embedding", "next_token"}
        "auto" reads it from the configuration.
    activation : {"none", "sigmoid", "softmax"}
        Applied to logits.
    outputs : list of str, optional
        Names of the scores; those of the configuration by default.
    batch_size, max_length
        As in `TransformersModel`.
    device : str
        "auto", "cpu", "cuda" or "mps".

    Raises
    ------
    ModelError
        When the folder holds no model that transformers knows.
    TrustError
        When its weights are pickled, or it needs code of its own.
    """
    where = f"model folder {shown(str(path), 200)}"
    config = _config(Path(path), where)
    found = _task(config) if task == "auto" else task
    options = {"trust_remote_code": False, "local_files_only": True}
    try:
        with _without_progress_bar():
            network = getattr(transformers, CLASSES[found]).from_pretrained(
                str(path), use_safetensors=True, attn_implementation="eager", dtype=torch.float32, **options
            )
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(path), **options)
    except Exception as error:
        raise ModelError(
            where, f"{type(error).__name__}: {shown(str(error), 300)}", "a whole model folder"
        ) from error
    placed(network.eval(), resolve(device))
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    labels = network.config.id2label if found == "classification" else {}
    names = outputs or [str(labels[i]) for i in range(len(labels))]
    detail = {
        "architecture": type(network).__name__,
        "parameters": f"{sum(p.numel() for p in network.parameters()):,}",
        "task": found,
    }
    card = ModelCard(Path(path).name, "transformers", tuple(names), _sha256(Path(path)), (), detail)
    positions = getattr(network.config, "max_position_embeddings", None) or 512
    longest = max_length or min(int(tokenizer.model_max_length), positions)
    return TransformersModel(
        network, tokenizer, found, card, activation=activation, batch_size=batch_size, max_length=longest
    )


def recognises(path: Path) -> bool:
    """Return whether a folder holds a `config.json` with a model type."""
    return artefacts.kind_at(path) == "transformers"


@contextmanager
def _without_progress_bar() -> Iterator[None]:
    shown_before = transformers.utils.logging.is_progress_bar_enabled()
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown_before:
            transformers.utils.logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _config(path: Path, where: str) -> dict[str, Any]:
    file = path / "config.json"
    if not file.is_file():
        raise ModelError(where, "no config.json", "a Hugging Face model folder")
    try:
        config = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(where, f"a config.json that cannot be read: {shown(str(error), 100)}", "JSON") from None
    if not isinstance(config, dict) or "model_type" not in config:
        raise ModelError(where, "a config.json without model_type", "a Hugging Face model folder")
    if "auto_map" in config:
        needed = listed(config["auto_map"].values()) if isinstance(config["auto_map"], dict) else "its own"
        raise TrustError(where, f"a model that needs the code {needed}", "one of transformers' own architectures")
    if not list(path.glob("*.safetensors")):
        pickled = [f.name for pattern in PICKLES for f in path.glob(pattern)]
        got = f"weights in {listed(pickled)}, which execute code when opened" if pickled else "no weights"
        kind: type[ModelError] = TrustError if pickled else ModelError
        raise kind(where, got, "weights in safetensors")
    return config


def _task(config: dict[str, Any]) -> str:
    architecture = str((config.get("architectures") or [""])[0])
    if architecture.endswith("ForSequenceClassification"):
        return "classification"
    return "next_token" if architecture.endswith(("ForCausalLM", "LMHeadModel")) else "embedding"


def _sha256(path: Path) -> str:
    sha = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file() and p.suffix in {".json", ".txt", ".safetensors"}):
        with file.open("rb") as content:
            sha.update(f"{file.relative_to(path)} {hashlib.file_digest(content, 'sha256').hexdigest()}\n".encode())
    return sha.hexdigest()
