import type { INodePropertyOptions } from 'n8n-workflow';

/** What the trigger can listen to, in the editor's order. */
export const EVENT_CHOICES: INodePropertyOptions[] = [
	{ name: 'Business Updated', value: 'business.updated' },
	{ name: 'Customer Updated', value: 'customer.updated' },
	{ name: 'Invoice Issued', value: 'transaction.billed', description: 'A manually collected sale; renewals and m3ter bills are left out' },
	{ name: 'Subscription Activated', value: 'subscription.activated', description: 'The trial is over' },
	{ name: 'Subscription Canceled', value: 'subscription.canceled', description: 'It has really ended' },
	{ name: 'Subscription Created', value: 'subscription.created' },
	{ name: 'Subscription Imported', value: 'subscription.imported' },
	{ name: 'Subscription Past Due', value: 'subscription.past_due' },
	{ name: 'Subscription Paused', value: 'subscription.paused' },
	{ name: 'Subscription Resumed', value: 'subscription.resumed' },
	{ name: 'Subscription Trialing', value: 'subscription.trialing' },
	{ name: 'Subscription Updated', value: 'subscription.updated', description: 'Items, dates, scheduled cancellation, renewal' },
	{ name: 'Transaction Completed', value: 'transaction.completed', description: 'A checkout was paid; renewals and m3ter bills are left out' },
];

/** What a workflow that keeps m3ter in step must hear of. */
export const DEFAULT_EVENTS = [
	'transaction.completed',
	'subscription.created',
	'subscription.imported',
	'subscription.activated',
	'subscription.updated',
	'subscription.paused',
	'subscription.resumed',
	'subscription.canceled',
];
