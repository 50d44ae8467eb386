/** The errors and messages of the command, in the words of the library. */
import { CycleGANError } from "./errors.js";

/** Names options as settings: `--lr-policy` becomes `lrPolicy`, `--no-flip` becomes `flip: false`. */
export function inLibraryWords(text: string): string {
  return text.replaceAll(/(?<![\w-])--(no-)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)/g, (_, no: string | undefined, name: string) => {
    const setting = name.replaceAll(/-([a-z0-9])/g, (__, letter: string) => letter.toUpperCase());
    return no === undefined ? setting : `${setting}: false`;
  });
}

function renamed(error: unknown): unknown {
  if (error instanceof CycleGANError) error.message = inLibraryWords(error.message);
  return error;
}

/** The function of the command as one of the library: its errors name settings. */
export function asLibrary<Arguments extends readonly unknown[], Result>(
  call: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  return async (...given) => {
    try {
      return await call(...given);
    } catch (error) {
      throw renamed(error);
    }
  };
}

/** The same for a function that returns at once. */
export function asLibrarySync<Arguments extends readonly unknown[], Result>(call: (...given: Arguments) => Result): (...given: Arguments) => Result {
  return (...given) => {
    try {
      return call(...given);
    } catch (error) {
      throw renamed(error);
    }
  };
}

/** Hooks whose messages name settings. */
export function withLibraryMessages<Hooks extends { readonly onMessage?: (text: string) => void }>(hooks: Hooks): Hooks {
  const { onMessage } = hooks;
  return onMessage ? { ...hooks, onMessage: (text: string) => onMessage(inLibraryWords(text)) } : hooks;
}
