export { RealtimeClient } from './client.js';
export { closeReason, closeReasons, type CloseAdvice, type CloseReason } from './codes.js';
export { RealtimeError, type LocalErrorCode, type Problem } from './errors.js';
export { LocalStorageOutbox, MemoryOutbox, type KeyValueStore } from './outbox-storage.js';
export type { Push } from './push.js';
export type * from './types.js';
