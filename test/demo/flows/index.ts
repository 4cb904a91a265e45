import { chargebeeFlows } from './chargebee';
import { netsuiteFlows } from './netsuite';
import { paddleFlows } from './paddle';
import { quickbooksFlows } from './quickbooks';
import { stripeFlows } from './stripe';
import type { Flow } from './types';
import { xeroFlows } from './xero';

/** Every flow the demo plays, in order. */
export const FLOWS: Flow[] = [...stripeFlows, ...chargebeeFlows, ...paddleFlows, ...quickbooksFlows, ...xeroFlows, ...netsuiteFlows];
