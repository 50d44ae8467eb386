/** What the worker tells the page. */
export type Message =
  | { readonly kind: "step"; readonly step: number; readonly loss: number }
  | { readonly kind: "done"; readonly kernel: readonly number[] }
  | { readonly kind: "failed"; readonly message: string };
