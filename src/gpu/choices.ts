/** Kernel variants chosen by measurement, by the name of the work, and the names of all work that a choice was sought for. */
export class Choices extends Map<string, string> {
  readonly asked = new Set<string>();

  override get(work: string): string | undefined {
    this.asked.add(work);
    return super.get(work);
  }
}
