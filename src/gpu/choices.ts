/** Which kernel variant to use for a piece of work, where that was measured. */

/** Variants by the name of the work. `asked` collects the names of all work that a choice was looked up for. */
export class Choices extends Map<string, string> {
  readonly asked = new Set<string>();

  override get(work: string): string | undefined {
    this.asked.add(work);
    return super.get(work);
  }
}
