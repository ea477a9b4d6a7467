/** What binds a lab from its start on. */

export type Limits = {
  /** When the lab ends whatever happens. Absolute ISO time. */
  hardAt: string;
  leaseMinutes: number;
  /** How long before its end the lab warns. */
  warnMinutes: number;
};

/** Hashes, so that neither a key nor a prompt is stored to be compared. */
export type StartIdentity = { bodyHash: string; keyHash: string | null };
