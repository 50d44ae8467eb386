/** Messages whose receiver changes. */

export interface Relay {
  readonly send: (text: string) => void;
  /** Gives the messages from now on another receiver. */
  to(receiver: (text: string) => void): void;
}

export function createRelay(receiver: (text: string) => void): Relay {
  let current = receiver;
  return {
    send: (text) => current(text),
    to: (next) => void (current = next),
  };
}
