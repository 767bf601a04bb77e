"""The C++ library as a Python user has it. Reads jobs as lines of JSON, and answers each with a line.

Started by tokenizer.ts: {"model": path}, then {"texts": [...]} per round.
"""
import json
import sys
import time

import sentencepiece

begin = time.perf_counter()
processor = sentencepiece.SentencePieceProcessor(model_file=json.loads(sys.stdin.readline())["model"])
print(json.dumps({"load": time.perf_counter() - begin}), flush=True)
for line in sys.stdin:
    texts = json.loads(line)["texts"]
    begin = time.perf_counter()
    ids = [processor.encode(text) for text in texts]
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "ids": ids}), flush=True)
