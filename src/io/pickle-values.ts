/** The values that a pickle may contain here: plain data, and the results of the few calls that `PickleHost` allows. */
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

/** The name of a class or function, `module.name`. It is only a name: there is nothing to call. */
export class PickleGlobal {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The result of a call or a persistent id, made by the host. */
export abstract class PickleObject {
  abstract readonly kind: string;
}

/** An object that weights do not need: everything that is put into it is dropped. */
export class PickleInert extends PickleObject {
  readonly kind: string;

  constructor(kind: string) {
    super();
    this.kind = kind;
  }
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
