"""Philox-4x32-10 and the streams drawn from it, as src/random.ts has them, so that both sides draw the same numbers.

Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

MASK = 0xFFFFFFFF


def philox(counter, key):
    """Four random 32-bit words for a 128-bit counter and a 64-bit key."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        first, second = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (second >> 32) ^ c1 ^ k0, second & MASK, (first >> 32) ^ c3 ^ k1, first & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


# Known answers published with Random123.
assert philox((0,) * 4, (0, 0)) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
assert philox((MASK,) * 4, (MASK, MASK)) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)


class Random:
    """One word for each counter value, from 0 on."""

    def __init__(self, seed, key=None):
        self.key = key or (seed & MASK, seed >> 32)
        self.counter = 0

    def stream(self, name):
        """An independent generator, keyed by the FNV-1a hash of its name."""
        name_hash = 0x811C9DC5
        for character in name:
            name_hash = (name_hash ^ ord(character)) * 0x01000193 & MASK
        return Random(0, philox((name_hash, 0x73747265, 0x616D0000, 0), self.key)[:2])

    def uniform(self):
        word = philox((self.counter & MASK, self.counter >> 32, 0, 0), self.key)[0]
        self.counter += 1
        return word / 2**32

    def integer(self, bound):
        return int(self.uniform() * bound)
