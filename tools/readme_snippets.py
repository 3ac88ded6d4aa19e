#!/usr/bin/env python3
"""Writes every complete program of the documentation into a file of its own, so that it can be compiled.

  tools/readme_snippets.py OUTPUT_DIR README.md docs/*.md

A program is a ```cpp block that holds `int main`. The file is named after its place (README_L42.cpp), and #line
makes the compiler's messages point into the document.
"""

import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^([ ]*)```cpp[ ]*\n(.*?)^\1```[ ]*$", re.M | re.S)


def main():
    if len(sys.argv) < 3:
        print("readme_snippets: say where to write and which documents to read.", file=sys.stderr)
        return 2
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for document in map(Path, sys.argv[2:]):
        if not document.is_file():
            print(f"readme_snippets: {document} does not exist.", file=sys.stderr)
            return 1
        text = document.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            if not re.search(r"\bint main\b", block.group(2)):
                continue
            line = text.count("\n", 0, block.start(2)) + 1
            name = re.sub(r"[^A-Za-z0-9]", "_", str(document.with_suffix("")))
            (out / f"{name}_L{line}.cpp").write_text(f'#line {line} "{document}"\n{block.group(2)}', encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
