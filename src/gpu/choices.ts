/** The measured choices of kernel variants. */

/** Variants by the name of the work. `asked` collects every name that was looked up. */
export class Choices extends Map<string, string> {
  readonly asked = new Set<string>();

  override get(work: string): string | undefined {
    this.asked.add(work);
    return super.get(work);
  }
}
