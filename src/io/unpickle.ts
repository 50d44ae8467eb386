/**
 * A pickle's stack machine, for data only: it has no way to import or to run anything.
 *
 * The format is a program whose GLOBAL and REDUCE instructions name Python functions and call them, which is how a
 * hostile file runs code. Here a name is only a name, refused unless the host knows it, and a call is a request to the
 * host. Instructions that torch.save does not write are refused. Source: Python's Lib/pickletools.py.
 */
import { CheckpointError } from "../errors.js";
import type { ByteCursor } from "./byte-cursor.js";
import {
  describePickle,
  PickleDict,
  PickleGlobal,
  PickleInert,
  PickleList,
  PickleTuple,
  type PickleKey,
  type PickleValue,
} from "./pickle-values.js";

/** Gives the names in a pickle their meaning. Each method throws for a name that it does not know. */
export interface PickleHost {
  /** Whether a class or function may be named. */
  knows(name: string): boolean;
  call(name: string, args: readonly PickleValue[]): PickleValue;
  /** The object for a persistent id, with which torch.save refers to a storage. */
  persistent(id: PickleValue): PickleValue;
}

/** The most instructions. A generator has about 50 tensors of 30 instructions each. */
const INSTRUCTION_LIMIT = 400_000;

class Machine {
  readonly memo = new Map<number, PickleValue>();
  readonly marks: number[] = [];
  readonly stack: PickleValue[] = [];

  readonly cursor: ByteCursor;
  readonly host: PickleHost;

  constructor(cursor: ByteCursor, host: PickleHost) {
    this.cursor = cursor;
    this.host = host;
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  /** The topmost value, above the last mark. */
  pop(): PickleValue {
    if (this.stack.length > (this.marks.at(-1) ?? 0)) {
      const value = this.stack.pop();
      if (value !== undefined) return value;
    }
    return this.cursor.fail("a value on the pickle's stack", "an empty stack");
  }

  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  /** Pops everything above the last mark, and the mark. */
  popToMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) return this.cursor.fail("a mark on the pickle's stack", "none");
    return this.stack.splice(mark);
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) this.cursor.fail("a value the pickle has stored", `number ${index}, which it has not`);
    else this.push(value);
  }

  pushTuple(count: number): void {
    const items = Array.from({ length: count }, () => this.pop());
    this.push(new PickleTuple(items.reverse()));
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (list instanceof PickleInert) return;
    if (!(list instanceof PickleList)) this.cursor.fail("a list to append to", describePickle(list));
    else for (const item of items) list.items.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (dict instanceof PickleInert) return;
    if (!(dict instanceof PickleDict)) return this.cursor.fail("a dict to fill", describePickle(dict));
    if (items.length % 2 !== 0) this.cursor.fail("keys and values in pairs", `${items.length} of them`);
    for (let index = 0; index + 1 < items.length; index += 2) {
      dict.entries.set(this.#key(items[index] ?? null), items[index + 1] ?? null);
    }
  }

  #key(value: PickleValue): PickleKey {
    if (value === null || typeof value !== "object") return value;
    return this.cursor.fail("a text or a number as key", describePickle(value));
  }

  pushGlobal(module: PickleValue, name: PickleValue): void {
    if (typeof module !== "string" || typeof name !== "string") {
      return this.cursor.fail("the name of a class or function", describePickle(name));
    }
    const full = `${module}.${name}`;
    if (!this.host.knows(full)) {
      const { where, position } = this.cursor;
      throw new CheckpointError(
        `${where}: expected nothing but tensors and plain containers, got the global ${JSON.stringify(full.slice(0, 80))} at ` +
          `byte ${position}, which is not on the list of harmless ones. Nothing was run. If you trust the file, save ` +
          "only its state_dict() with PyTorch; if not, delete it.",
      );
    }
    this.push(new PickleGlobal(full));
  }

  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickleGlobal)) return this.cursor.fail("a known name to call", describePickle(callee));
    if (!(args instanceof PickleTuple)) return this.cursor.fail("a tuple of arguments", describePickle(args));
    this.push(this.host.call(callee.name, args.items));
  }

  /** The attributes of a dict, such as a state_dict's `_metadata`, are dropped, and so are those of objects. */
  build(): void {
    this.pop();
    const target = this.top();
    if (target instanceof PickleDict || target instanceof PickleInert) return;
    this.cursor.fail("a dict with attributes", `attributes of ${describePickle(target)}`);
  }
}

type Instruction = (machine: Machine) => void;

function text(machine: Machine, length: number): void {
  machine.push(machine.cursor.utf8(length));
}

function skipBytes(machine: Machine, length: number): void {
  machine.cursor.skip(length);
  machine.push(new PickleInert("text of bytes"));
}

/** Instructions by code. The comments are the format's names. */
const instructions: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  [0x80, ({ cursor }) => checkProtocol(cursor)], // PROTO
  [0x95, ({ cursor }) => void cursor.skip(8)], // FRAME
  [0x28, (m) => void m.marks.push(m.stack.length)], // MARK
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.cursor.int32())], // BININT
  [0x4b, (m) => m.push(m.cursor.uint8())], // BININT1
  [0x4d, (m) => m.push(m.cursor.uint16())], // BININT2
  [0x8a, (m) => m.push(m.cursor.integer(m.cursor.uint8()))], // LONG1
  [0x8b, (m) => m.push(m.cursor.integer(m.cursor.uint32()))], // LONG4
  [0x47, (m) => m.push(m.cursor.float64())], // BINFLOAT
  [0x8c, (m) => text(m, m.cursor.uint8())], // SHORT_BINUNICODE
  [0x58, (m) => text(m, m.cursor.uint32())], // BINUNICODE
  [0x8d, (m) => text(m, m.cursor.uint64())], // BINUNICODE8
  [0x55, (m) => text(m, m.cursor.uint8())], // SHORT_BINSTRING, of Python 2
  [0x54, (m) => text(m, m.cursor.uint32())], // BINSTRING, of Python 2
  [0x29, (m) => m.pushTuple(0)], // EMPTY_TUPLE
  [0x85, (m) => m.pushTuple(1)], // TUPLE1
  [0x86, (m) => m.pushTuple(2)], // TUPLE2
  [0x87, (m) => m.pushTuple(3)], // TUPLE3
  [0x74, (m) => m.push(new PickleTuple(m.popToMark()))], // TUPLE
  [0x5d, (m) => m.push(new PickleList())], // EMPTY_LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popToMark())], // APPENDS
  [0x7d, (m) => m.push(new PickleDict())], // EMPTY_DICT
  [0x73, (m) => m.setItems([m.pop(), m.pop()].reverse())], // SETITEM
  [0x75, (m) => m.setItems(m.popToMark())], // SETITEMS
  [0x71, (m) => m.remember(m.cursor.uint8())], // BINPUT
  [0x72, (m) => m.remember(m.cursor.uint32())], // LONG_BINPUT
  [0x94, (m) => m.remember(m.memo.size)], // MEMOIZE
  [0x68, (m) => m.recall(m.cursor.uint8())], // BINGET
  [0x6a, (m) => m.recall(m.cursor.uint32())], // LONG_BINGET
  [0x63, (m) => m.pushGlobal(m.cursor.line(), m.cursor.line())], // GLOBAL
  [0x93, (m) => pushStackGlobal(m)], // STACK_GLOBAL
  [0x52, (m) => m.reduce()], // REDUCE
  [0x81, (m) => m.reduce()], // NEWOBJ
  [0x8f, (m) => m.push(new PickleList())], // EMPTY_SET
  [0x90, (m) => m.append(m.popToMark())], // ADDITEMS
  [0x91, (m) => m.push(new PickleTuple(m.popToMark()))], // FROZENSET
  [0x43, (m) => skipBytes(m, m.cursor.uint8())], // SHORT_BINBYTES
  [0x42, (m) => skipBytes(m, m.cursor.uint32())], // BINBYTES
  [0x62, (m) => m.build()], // BUILD
  [0x51, (m) => m.push(m.host.persistent(m.pop()))], // BINPERSID
]);

const STOP = 0x2e;

function checkProtocol(cursor: ByteCursor): void {
  const protocol = cursor.uint8();
  if (protocol > 5) cursor.fail("a pickle of protocol 5 at most", `protocol ${protocol}`);
}

function pushStackGlobal(machine: Machine): void {
  const name = machine.pop();
  machine.pushGlobal(machine.pop(), name);
}

/** The value of the pickle at the cursor, which is then moved past it. Throws a CheckpointError if the pickle is refused. */
export function unpickle(cursor: ByteCursor, host: PickleHost): PickleValue {
  const machine = new Machine(cursor, host);
  for (let count = 0; count < INSTRUCTION_LIMIT; count++) {
    const code = cursor.uint8();
    if (code === STOP) return machine.pop();
    const instruction = instructions.get(code);
    if (!instruction) cursor.fail("an instruction that torch.save writes", `0x${code.toString(16).padStart(2, "0")}`);
    else instruction(machine);
  }
  return cursor.fail(`a pickle of at most ${INSTRUCTION_LIMIT} instructions`, "a longer one");
}
