#!/usr/bin/env python3
"""A supervised step with torch and transformers on chat rows, padded to the longest, loss on the answers.

Usage: torch_chat_rows.py f32|bf16 ROWS   (run in a folder with hf/, a Hugging Face model)
  ROWS  a line a row: tokens of its prompt and of its answer
Prints real tokens a second, the median of three steps after one that is not measured.
"""
import statistics
import sys
import time

import torch
from transformers import AutoModelForCausalLM


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("f32", "bf16"):
        sys.exit(__doc__)
    torch.set_num_threads(2)
    kind = torch.bfloat16 if sys.argv[1] == "bf16" else torch.float32
    rows = [tuple(map(int, line.split())) for line in open(sys.argv[2], encoding="utf-8")]
    model = AutoModelForCausalLM.from_pretrained("hf", dtype=kind).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6)
    longest = max(prompt + answer for prompt, answer in rows)
    ids = torch.randint(1000, 40000, (len(rows), longest))
    there, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for i, (prompt, answer) in enumerate(rows):
        there[i, :prompt + answer] = 1
        labels[i, prompt:prompt + answer] = ids[i, prompt:prompt + answer]
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        optimizer.zero_grad()
        model(ids, attention_mask=there, labels=labels).loss.backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    tokens = sum(prompt + answer for prompt, answer in rows)
    print(f"{sys.argv[1]} SFT chat rows tok/s {tokens / statistics.median(seconds[1:])} tokens {tokens}")


if __name__ == "__main__":
    main()
