"""A tiny transformer with a tokenizer of its own, made from nothing: no download, no pickle."""

from pathlib import Path

import numpy as np
import torch
import transformers

FILLING = """worked in sales team for years managed budget and people led project wrote reports at a firm the of"""
WORDS = [*FILLING.split(" "), "guild", "maria", "anna", "lena", "sofia", "peter", "hans", "karl", "josef"]


def folder(path: Path, task: str = "classification", **config) -> Path:
    """Write a folder with a random network and its tokenizer."""
    path.mkdir(parents=True, exist_ok=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (path / "vocab.txt").write_text("\n".join(vocabulary))
    tokenizer = transformers.BertTokenizerFast(str(path / "vocab.txt"), do_lower_case=True, model_max_length=48)
    tokenizer.save_pretrained(path)
    small = {
        "vocab_size": len(vocabulary),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 48,
        "max_position_embeddings": 48,
        **config,
    }
    kind = {
        "classification": transformers.BertForSequenceClassification,
        "embedding": transformers.BertModel,
        "next_token": transformers.BertLMHeadModel,
    }[task]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        kind(transformers.BertConfig(**small)).save_pretrained(path)
    return path


def sentences(n: int, seed: int, length: int = 8) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS[:-9], size=length)) for _ in range(n)]


def fitted(model, texts: list[str], labels: np.ndarray, epochs: int = 8) -> None:
    """Train the network of an adapter in place."""
    encoded = model.tokenizer(texts, padding=True, return_tensors="pt")
    y = torch.as_tensor(labels)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(1)
        model.module.train()
        optimizer = torch.optim.AdamW(model.module.parameters(), 3e-3)
        for _ in range(epochs):
            for rows in torch.randperm(len(texts)).split(32):
                optimizer.zero_grad()
                logits = model.module(**{k: v[rows] for k, v in encoded.items()}).logits
                torch.nn.functional.cross_entropy(logits, y[rows]).backward()
                optimizer.step()
    model.module.eval()
