/** The processes that train together. */

/** What one of the processes of a training knows of the others. A process is a rank, from 0. */
export interface ProcessGroup {
  readonly rank: number;
  readonly worldSize: number;
  /**
   * Gives `parts[r]` to each rank r, its own part to itself, and resolves to the parts for this rank, by sender.
   *
   * All ranks must call it equally often for each `topic`; calls for different topics may overlap. Throws a RankError if a rank is
   * lost or has failed.
   */
  allToAll(topic: string, parts: readonly Float32Array[]): Promise<readonly Float32Array[]>;
}
