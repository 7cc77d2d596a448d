/** The `data` of a lab message. */
export interface LabMessage {
  /** When the message was due to be sent, on the clock of {@link now}. */
  readonly sentAt: number;
  readonly text: string;
}

export function isLabMessage(data: unknown): data is LabMessage {
  return typeof data === 'object' && data !== null && typeof (data as Partial<LabMessage>).sentAt === 'number';
}

/** Milliseconds since 1970 that never jump, to fractions of a millisecond: publisher and lanes share this page's clock. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
