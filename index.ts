/**
 * The pure core of the pack, for code that wants the same conversions outside n8n (or in a Code node's build):
 * m3ter bills to invoice drafts, exact money, line diffs, subscription events, measurements.
 * Types are inferred from zod 3 schemas.
 */
export * from './nodes/shared/batching';
export * from './nodes/shared/bill';
export * from './nodes/shared/billToDraft';
export * from './nodes/shared/diff';
export * from './nodes/shared/failure';
export * from './nodes/shared/idempotency';
export * from './nodes/shared/invoiceDraft';
export * from './nodes/shared/lineMapping';
export * from './nodes/shared/linePolicies';
export * from './nodes/shared/lineText';
export * from './nodes/shared/measurement';
export * from './nodes/shared/money';
export * from './nodes/shared/retry';
export * from './nodes/shared/sendResult';
export * from './nodes/shared/signature';
export * from './nodes/shared/subscriptionEvent';
export * from './nodes/shared/subscriptionSync';
