// Which item of a list became which one of another, so that one that was put in front does not make all others look changed.

/** Positions in both lists; one side is missing for what was added or taken away. */
export interface Pair {
  readonly left?: number | undefined;
  readonly right?: number | undefined;
}

/** Pairs what is equal in the longest common order; what is left between two such pairs goes together by kind. Equal pairs are left out. */
export function align<T>(
  left: readonly T[],
  right: readonly T[],
  textOf: (item: T) => string,
  kindOf: (item: T) => string,
): Pair[] {
  const pairs: Pair[] = [];
  let l = 0;
  let r = 0;
  for (const [nextLeft, nextRight] of [
    ...findCommon(left.map(textOf), right.map(textOf)),
    [left.length, right.length] as const,
  ]) {
    pairs.push(
      ...pairBetween({ items: left, from: l, end: nextLeft }, { items: right, from: r, end: nextRight }, kindOf),
    );
    l = nextLeft + 1;
    r = nextRight + 1;
  }
  return pairs;
}

/** A part of a list. */
interface Stretch<T> {
  readonly items: readonly T[];
  readonly from: number;
  readonly end: number;
}

function pairBetween<T>(left: Stretch<T>, right: Stretch<T>, kindOf: (item: T) => string): Pair[] {
  const pairs: Pair[] = [];
  let { from } = right;
  for (let i = left.from; i < left.end; i++) {
    const kind = kindOf(left.items[i] as T);
    const match = right.items.findIndex((item, j) => j >= from && j < right.end && kindOf(item) === kind);
    if (match < 0) {
      pairs.push({ left: i });
      continue;
    }
    for (; from < match; from++) {
      pairs.push({ right: from });
    }
    pairs.push({ left: i, right: match });
    from = match + 1;
  }
  for (; from < right.end; from++) {
    pairs.push({ right: from });
  }
  return pairs;
}

/** The longest common subsequence, as pairs of positions. */
function findCommon(left: readonly string[], right: readonly string[]): (readonly [number, number])[] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  const at = (l: number, r: number): number => lengths[l]?.[r] ?? 0;
  for (let l = left.length - 1; l >= 0; l--) {
    for (let r = right.length - 1; r >= 0; r--) {
      (lengths[l] as number[])[r] = left[l] === right[r] ? at(l + 1, r + 1) + 1 : Math.max(at(l + 1, r), at(l, r + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let l = 0, r = 0; l < left.length && r < right.length; ) {
    if (left[l] === right[r]) {
      pairs.push([l++, r++]);
    } else if (at(l + 1, r) >= at(l, r + 1)) {
      l++;
    } else {
      r++;
    }
  }
  return pairs;
}
