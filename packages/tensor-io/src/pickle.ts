import { RobustaError } from '@robusta/core';
import { type Cursor, utf8 } from './cursor.js';
import { decimal, float, littleEndianInteger, quoted, rawUnicode } from './pickle-text.js';
import { asKey, asText, isList, type PickleValue, RawString, tuple } from './pickle-values.js';

/** What a pickle may refer to; every member refuses by throwing. */
export interface PickleHost {
  /** The object that stands for a global, which is never looked up anywhere but in a table. */
  global(module: string, name: string): object;
  /** A call of such an object. */
  call(callee: PickleValue, args: readonly PickleValue[]): PickleValue;
  /** Gives an object its state. */
  build(object: PickleValue, state: PickleValue): void;
  /** What lies outside the pickle under this name. */
  persistent(id: PickleValue): PickleValue;
}

/** A checkpoint of a thousand tensors takes some 30,000; each may take a few hundred bytes of memory. */
const MAX_OPERATIONS = 1_000_000;

/** Marks open at a time, one or two for each level of nesting. */
const MAX_MARKS = 1000;

/** Module and class names are short. */
const MAX_NAME = 256;

/**
 * Runs one pickle of protocol 0 to 5, up to its STOP, on a stack of plain values. Nothing of it is executed: classes
 * and functions are names that the host either knows or refuses, and opcodes that can only make instances of
 * classes (INST, OBJ, NEWOBJ, EXT) are not known at all.
 * @param cursor - placed at the first opcode, left behind the STOP
 * @param what - names the pickle in errors
 * @throws TRUNCATED, BAD_FORMAT, each with the byte of the opcode
 */
export function unpickle(cursor: Cursor, host: PickleHost, what: string): PickleValue {
  const machine = new Machine(cursor, host);
  for (let count = 0; ; count++) {
    const start = cursor.at;
    try {
      if (count === MAX_OPERATIONS) {
        throw new RobustaError('BAD_FORMAT', `more than ${MAX_OPERATIONS} operations are not a checkpoint`);
      }
      if (machine.step(cursor.uint8())) return machine.result();
    } catch (error) {
      if (!RobustaError.isInstance(error)) throw error;
      throw new RobustaError(error.code, `${what}, byte ${start}: ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        details: { part: what, byte: start },
        ...(error.cause === undefined ? {} : { cause: error.cause }),
      });
    }
  }
}

const STOP = 0x2e;

class Machine {
  #stack: PickleValue[] = [];
  /** The stacks below each open mark. */
  readonly #marked: PickleValue[][] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(
    readonly cursor: Cursor,
    readonly host: PickleHost,
  ) {}

  result(): PickleValue {
    const value = this.#pop();
    if (this.#stack.length + this.#marked.length > 0) throw bad('values are left on the stack');
    return value;
  }

  /** Runs one opcode; true at the end. */
  step(opcode: number): boolean {
    const { cursor } = this;
    switch (opcode) {
      case STOP:
        return true;
      case 0x80: // PROTO
        if (cursor.uint8() > 5) throw bad('a pickle protocol above 5 is not known');
        return false;
      case 0x95: // FRAME
        if (cursor.uint64() > cursor.left) throw new RobustaError('TRUNCATED', 'a frame is cut');
        return false;
      case 0x28: // MARK
        if (this.#marked.length === MAX_MARKS) throw bad(`values are nested more than ${MAX_MARKS} deep`);
        this.#marked.push(this.#stack);
        this.#stack = [];
        return false;
      case 0x30: // POP
        if (this.#stack.length > 0) this.#stack.pop();
        else this.#items();
        return false;
      case 0x31: // POP_MARK
        this.#items();
        return false;
      case 0x32: // DUP
        return this.#push(this.#top());
      case 0x61: // APPEND
        return this.#extend([this.#pop()]);
      case 0x65: // APPENDS
        return this.#extend(this.#items());
      case 0x73: {
        // SETITEM
        const value = this.#pop();
        return this.#setItems([this.#pop(), value]);
      }
      case 0x75: // SETITEMS
        return this.#setItems(this.#items());
      case 0x62: {
        // BUILD
        const state = this.#pop();
        this.host.build(this.#top(), state);
        return false;
      }
      case 0x70: // PUT
        return this.#remember(decimal(cursor.line(20)));
      case 0x71: // BINPUT
        return this.#remember(cursor.uint8());
      case 0x72: // LONG_BINPUT
        return this.#remember(cursor.uint32());
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      default:
        return this.#push(this.#value(opcode));
    }
  }

  /** The value that an opcode makes. */
  #value(opcode: number): PickleValue {
    const { cursor } = this;
    switch (opcode) {
      case 0x4e: // NONE
        return null;
      case 0x88: // NEWTRUE
        return true;
      case 0x89: // NEWFALSE
        return false;
      case 0x49: {
        // INT, which is also how protocol 0 writes booleans
        const text = cursor.line(400);
        return text === '01' ? true : text === '00' ? false : decimal(text);
      }
      case 0x4a: // BININT
        return cursor.int32();
      case 0x4b: // BININT1
        return cursor.uint8();
      case 0x4d: // BININT2
        return cursor.uint16();
      case 0x4c: // LONG
        return decimal(cursor.line(400).replace(/L$/, ''));
      case 0x8a: // LONG1
        return littleEndianInteger(cursor.take(cursor.uint8()));
      case 0x8b: // LONG4
        return littleEndianInteger(cursor.take(cursor.uint32()));
      case 0x46: // FLOAT
        return float(cursor.line(400));
      case 0x47: // BINFLOAT
        return cursor.float64BigEndian();
      case 0x53: // STRING
        return new RawString(quoted(cursor.line(cursor.left)));
      case 0x54: // BINSTRING
        return new RawString(cursor.take(cursor.uint32()));
      case 0x55: // SHORT_BINSTRING
        return new RawString(cursor.take(cursor.uint8()));
      case 0x56: // UNICODE
        return rawUnicode(cursor.line(cursor.left));
      case 0x58: // BINUNICODE
        return utf8(cursor.take(cursor.uint32()));
      case 0x8c: // SHORT_BINUNICODE
        return utf8(cursor.take(cursor.uint8()));
      case 0x8d: // BINUNICODE8
        return utf8(cursor.take(cursor.uint64()));
      case 0x42: // BINBYTES
        return cursor.take(cursor.uint32());
      case 0x43: // SHORT_BINBYTES
        return cursor.take(cursor.uint8());
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return cursor.take(cursor.uint64());
      case 0x5d: // EMPTY_LIST
        return [];
      case 0x6c: // LIST
        return this.#items();
      case 0x29: // EMPTY_TUPLE
        return tuple([]);
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return tuple(this.#popMany(opcode - 0x84));
      case 0x74: // TUPLE
        return tuple(this.#items());
      case 0x7d: // EMPTY_DICT
        return new Map();
      case 0x64: {
        // DICT
        const dictionary = new Map();
        fill(dictionary, this.#items());
        return dictionary;
      }
      case 0x63: // GLOBAL
        return this.host.global(cursor.line(MAX_NAME), cursor.line(MAX_NAME));
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2).map(asText);
        if (module === undefined || name === undefined) throw bad('the name of a global is not text');
        return this.host.global(module, name);
      }
      case 0x52: {
        // REDUCE
        const [callee, args] = this.#popMany(2) as [PickleValue, PickleValue];
        if (!Array.isArray(args) || !Object.isFrozen(args)) throw bad('arguments must be a tuple');
        return this.host.call(callee, args);
      }
      case 0x51: // BINPERSID
        return this.host.persistent(this.#pop());
      case 0x67: // GET
        return this.#recall(decimal(cursor.line(20)));
      case 0x68: // BINGET
        return this.#recall(cursor.uint8());
      case 0x6a: // LONG_BINGET
        return this.#recall(cursor.uint32());
      default:
        throw refused(opcode);
    }
  }

  #push(value: PickleValue): false {
    this.#stack.push(value);
    return false;
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #top(): PickleValue {
    if (this.#stack.length === 0) throw bad('a value is taken from an empty stack');
    return this.#stack.at(-1)!;
  }

  #popMany(count: number): PickleValue[] {
    if (this.#stack.length < count) throw bad('values are taken from an empty stack');
    return this.#stack.splice(this.#stack.length - count);
  }

  /** What lies above the last mark. */
  #items(): PickleValue[] {
    const below = this.#marked.pop();
    if (!below) throw bad('there is no mark on the stack');
    const items = this.#stack;
    this.#stack = below;
    return items;
  }

  #extend(items: PickleValue[]): false {
    const list = this.#top();
    if (!isList(list)) throw bad('only a list can be appended to');
    for (const item of items) list.push(item);
    return false;
  }

  #setItems(items: PickleValue[]): false {
    const dictionary = this.#top();
    if (!(dictionary instanceof Map)) throw bad('only a dictionary has items');
    fill(dictionary, items);
    return false;
  }

  #remember(index: number | bigint): false {
    if (typeof index === 'bigint' || index < 0) throw bad('there is no such place in the memo');
    this.#memo.set(index, this.#top());
    return false;
  }

  #recall(index: number | bigint): PickleValue {
    const value = this.#memo.get(Number(index));
    if (value === undefined) throw bad(`place ${index} of the memo was never written`);
    return value;
  }
}

function fill(dictionary: Map<unknown, PickleValue>, items: PickleValue[]): void {
  if (items.length % 2 !== 0) throw bad('a dictionary has a key without a value');
  for (let i = 0; i < items.length; i += 2) dictionary.set(asKey(items[i]!), items[i + 1]!);
}

function bad(problem: string): RobustaError {
  return new RobustaError('BAD_FORMAT', problem);
}

const REFUSED: Readonly<Record<number, string>> = {
  105: 'INST',
  111: 'OBJ',
  129: 'NEWOBJ',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  143: 'EMPTY_SET',
  144: 'ADDITEMS',
  145: 'FROZENSET',
  146: 'NEWOBJ_EX',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
  80: 'PERSID',
};

function refused(opcode: number): RobustaError {
  const name = REFUSED[opcode];
  if (!name) return bad(`0x${opcode.toString(16).padStart(2, '0')} is no opcode of a pickle`);
  return new RobustaError('BAD_FORMAT', `the opcode ${name} is refused`, {
    hint: 'only tensors, arrays and plain values are read: save model.state_dict(), not the model',
  });
}
