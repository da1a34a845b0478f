#!/usr/bin/env python3
"""Checks a seed file of srlm, and with a second argument also a prompt file against it (format: README.md).

Usage: check_seeds.py [seeds.jsonl [prompts.jsonl]]     (without arguments: the two files beside this script)
Exit code 0: all rules hold, counts are printed. 1: the first violation, with file and line. 2: wrong usage.
"""
import collections
import json
import pathlib
import re
import sys

MINIMUM_PROMPTS, ANSWERS, LARGEST_ROUGE_L, HELD_OUT_SHARE = 48, (2, 4), 0.7, (0.1, 0.3)


def rouge_l(a, b):
    """F1 of the longest common subsequence of two lists of words."""
    row = [0] * (len(b) + 1)
    for x in a:
        diagonal = 0
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], diagonal + 1 if x == y else max(row[j], row[j - 1])
    return 2 * row[-1] / (len(a) + len(b)) if a or b else 1.0


def require(condition, where, message):
    if not condition:
        sys.exit(f"{where}: {message}")  # printed on stderr, exit code 1


def text_of(record, key, where):
    value = record.get(key)
    require(isinstance(value, str) and value.strip(), where, f'"{key}" must be a string that is not blank')
    require(value == value.strip(), where, f'"{key}" begins or ends with white space')
    require(not re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffd]", value), where,
            f'"{key}" has a control character other than newline and tab, or a character that is no valid text')
    return value


def records(path, keys):
    """Yields (where, record) for each line; the record has exactly the given keys."""
    try:
        lines = pathlib.Path(path).read_bytes().split(b"\n")
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}")
    if lines[-1] == b"":
        lines.pop()
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        try:
            record = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            sys.exit(f"{where}: not a JSON object in UTF-8: {error}")
        require(isinstance(record, dict) and set(record) == keys, where,
                f"expected an object with exactly the keys {', '.join(sorted(keys))}")
        yield where, record


def check_prompt(record, where, seen):
    """The prompt is unlike every prompt before it; `seen` holds (where, words) and grows by one."""
    prompt_words = re.findall(r"[a-z0-9]+", text_of(record, "prompt", where).lower())
    require(prompt_words, where, "the prompt has no letter a-z and no digit, so it cannot be compared with the others")
    for other, other_words in seen:
        similarity = rouge_l(prompt_words, other_words)
        require(similarity < LARGEST_ROUGE_L, where, f"too like the prompt of {other}: ROUGE-L {similarity:.2f}")
    seen.append((where, prompt_words))


def check_seed(record, where):
    text_of(record, "topic", where)
    require(record["split"] in ("train", "held_out"), where, '"split" must be "train" or "held_out"')
    answers = record["answers"]
    require(isinstance(answers, list) and ANSWERS[0] <= len(answers) <= ANSWERS[1], where,
            f'"answers" must be a list of {ANSWERS[0]} to {ANSWERS[1]} objects')
    for answer in answers:
        require(isinstance(answer, dict) and set(answer) == {"text", "rank"}, where,
                'an answer must have the keys "text" and "rank" and no other')
        text_of(answer, "text", where)
        require(type(answer["rank"]) is int, where, '"rank" must be an integer')
    ranks = [answer["rank"] for answer in answers]
    require(sorted(ranks) == list(range(len(ranks))), where, f"ranks must be 0, 1, ..., each once; found {ranks}")
    require(len({answer["text"] for answer in answers}) == len(answers), where, "two answers are the same")


def main(arguments):
    if len(arguments) > 2 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(__file__).parent
    files = arguments or [folder / "seeds.jsonl", folder / "prompts.jsonl"]
    seen, splits, sizes, topics = [], collections.Counter(), collections.Counter(), collections.Counter()
    for where, record in records(files[0], {"prompt", "answers", "split", "topic"}):
        check_prompt(record, where, seen)
        check_seed(record, where)
        splits[record["split"]] += 1
        sizes[len(record["answers"])] += 1
        topics[record["topic"]] += 1
    total = len(seen)
    require(total >= MINIMUM_PROMPTS, f"{files[0]}:{total}", f"{total} prompts, expected at least {MINIMUM_PROMPTS}")
    share = splits["held_out"] / total
    require(HELD_OUT_SHARE[0] <= share <= HELD_OUT_SHARE[1], f"{files[0]}:{total}",
            f"{share:.0%} of the prompts are held out, expected {HELD_OUT_SHARE[0]:.0%} to {HELD_OUT_SHARE[1]:.0%}")
    print(f"{total} prompts: {splits['train']} train, {splits['held_out']} held_out ({share:.0%})")
    print("answers:", sum(size * count for size, count in sizes.items()), "in all;",
          ", ".join(f"{count} prompts have {size}" for size, count in sorted(sizes.items())))
    print("topics:", ", ".join(f"{topic} {count}" for topic, count in sorted(topics.items())))
    if len(files) > 1:
        for where, record in records(files[1], {"prompt"}):
            check_prompt(record, where, seen)
        print(f"{len(seen) - total} further prompts, none like a seed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
