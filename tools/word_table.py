#!/usr/bin/env python3
"""Prints the table of letters and digits beyond ASCII for include/fastapi/types/text.ipp, from Python's Unicode.

Each number is the distance from one end of a range to the next, beginning at U+0080: first, behind the last, first...
A distance below 90 is one character, from '#' on, with the backslash left out; a larger one is a space and three of
these characters."""
import re

ALPHABET = [chr(c) for c in range(ord("#"), ord("~")) if chr(c) != "\\"]
BASE = len(ALPHABET)
assert BASE == 90


def encode(distance):
    if distance < BASE:
        return ALPHABET[distance]
    high, rest = divmod(distance, BASE * BASE)
    return " " + ALPHABET[high] + ALPHABET[rest // BASE] + ALPHABET[rest % BASE]


def main():
    ends, inside = [], False
    for c in range(0x80, 0x110000):
        word = re.match(r"\w", chr(c)) is not None
        if word != inside:
            ends.append(c)
            inside = word
    text, last = "", 0x80
    for end in ends:
        text += encode(end - last)
        last = end
    print(f"// {len(ends)} numbers")
    for i in range(0, len(text), 110):
        print(f'    "{text[i:i + 110]}"')


if __name__ == "__main__":
    main()
