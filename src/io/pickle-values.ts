/** What a pickle may hold here: plain data, and objects that `PickleHost` makes of the few calls it allows. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject;

export type PickleKey = null | boolean | number | bigint | string;

export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

export class PickleList {
  readonly items: PickleValue[] = [];
}

/** A dict or an OrderedDict. */
export class PickleDict {
  readonly entries = new Map<PickleKey, PickleValue>();
}

/** The name of a class or function, `module.name`. It stands for itself; there is nothing behind it to call. */
export class PickleGlobal {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What a host makes of a call or a persistent id. */
export abstract class PickleObject {
  abstract readonly kind: string;
}

/** A few words for an error message. */
export function describePickle(value: PickleValue): string {
  if (value instanceof PickleTuple) return `a tuple of ${value.items.length}`;
  if (value instanceof PickleList) return `a list of ${value.items.length}`;
  if (value instanceof PickleDict) return `a dict of ${value.entries.size}`;
  if (value instanceof PickleGlobal) return value.name;
  if (value instanceof PickleObject) return `a ${value.kind}`;
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : String(value);
}
