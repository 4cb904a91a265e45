import { chargebeeFlows } from './chargebee';
import { stripeFlows } from './stripe';
import type { Flow } from './types';

/** Every flow the demo plays, in order. */
export const FLOWS: Flow[] = [...stripeFlows, ...chargebeeFlows];
