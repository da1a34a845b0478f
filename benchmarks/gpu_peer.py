"""The work of benchmark_model_cuda by torch and transformers, on the same shape with random weights: f32 without TF32, or
bf16 throughout (weights, gradients, moments). A JSON object a line, each with one figure, under our benchmarks' names:
what was measured before a time limit stays.

usage: gpu_peer.py 135M|1.7B f32|bf16
"""

import json
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

SHAPES = {"135M": (576, 30, 9, 3, 1536), "1.7B": (2048, 24, 32, 32, 8192)}

KINDS = {"f32": torch.float32, "bf16": torch.bfloat16}


def log_probs(model, ids, first):
    """log p of the tokens from `first` on, a number a row."""
    logits = model(input_ids=ids).logits[:, first - 1:-1].float()
    return logits.log_softmax(-1).gather(-1, ids[:, first:, None]).sum((1, 2))


def main():
    hidden, layers, heads, kv_heads, intermediate = SHAPES[sys.argv[1]]
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.manual_seed(1)
    config = LlamaConfig(vocab_size=49152, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads,
                         num_key_value_heads=kv_heads, intermediate_size=intermediate, max_position_embeddings=2048,
                         tie_word_embeddings=True)
    with torch.device("cuda"):
        model = LlamaForCausalLM(config).to(KINDS[sys.argv[2]])
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=True)

    def tokens(rows, columns):
        return torch.randint(1000, 41000, (rows, columns), device="cuda")

    def measure(name, count, work, before=None):
        """Tokens a second, or seconds where count is None, the second of two times (or after `before`)."""
        try:
            (before or work)()
            torch.cuda.synchronize()
            begin = time.perf_counter()
            work()
            torch.cuda.synchronize()
            seconds = time.perf_counter() - begin
            figure = count / seconds if count else seconds
        except torch.cuda.OutOfMemoryError:
            figure = "out of memory"
            torch.cuda.empty_cache()
        print(json.dumps({name: figure}), flush=True)

    texts = tokens(8, 512)

    def score():
        with torch.no_grad():
            log_probs(model, texts, 1)

    def supervised():
        loss = -log_probs(model, texts[:4], 1).sum() / 2044
        loss.backward()
        adamw.step()
        adamw.zero_grad()

    pair = tokens(2, 512)

    def preference():
        with torch.no_grad():
            reference = log_probs(model, pair, 256)
        margin = log_probs(model, pair, 256) - reference
        (-torch.nn.functional.logsigmoid(0.1 * (margin[0] - margin[1]))).backward()
        adamw.step()
        adamw.zero_grad()

    def generate(batch, new=128):
        with torch.no_grad():
            prompts = tokens(batch, 128)
            model.generate(input_ids=prompts, attention_mask=torch.ones_like(prompts), do_sample=True, temperature=0.7,
                           top_p=0.9, top_k=0, max_new_tokens=new, min_new_tokens=new, pad_token_id=0)

    measure("log_probabilities", 8 * 512, score)
    measure("supervised_step", 4 * 512, supervised)
    measure("preference_pair", None, preference)
    for batch in (1, 4, 16, 64, 256, 1024):
        measure(f"generation/{batch}", batch * 128, lambda: generate(batch), before=lambda: generate(batch, 8))


if __name__ == "__main__":
    main()
