/** One thing that happens in Chargebee. Where it may be entered with a past date, Chargebee sends another event for that. */
export interface ChargebeeEventChoice {
	name: string;
	value: string;
	/** The twin for a past date; mind that one of them writes "canceled" with one l. */
	backdated?: string;
	description?: string;
}

export const EVENT_CHOICES: readonly ChargebeeEventChoice[] = [
	{ name: 'Customer Changed', value: 'customer_changed' },
	{ name: 'Subscription Activated', value: 'subscription_activated', backdated: 'subscription_activated_with_backdating', description: 'The trial or the wait is over' },
	{ name: 'Subscription Cancellation Scheduled', value: 'subscription_cancellation_scheduled', description: 'Gives the end date, which lies in the future' },
	{ name: 'Subscription Cancelled', value: 'subscription_cancelled', backdated: 'subscription_canceled_with_backdating' },
	{ name: 'Subscription Changed', value: 'subscription_changed', backdated: 'subscription_changed_with_backdating', description: 'Items, quantity, dates, custom fields' },
	{ name: 'Subscription Created', value: 'subscription_created', backdated: 'subscription_created_with_backdating' },
	{ name: 'Subscription Deleted', value: 'subscription_deleted' },
	{ name: 'Subscription Paused', value: 'subscription_paused' },
	{ name: 'Subscription Reactivated', value: 'subscription_reactivated', backdated: 'subscription_reactivated_with_backdating' },
	{ name: 'Subscription Renewed', value: 'subscription_renewed' },
	{ name: 'Subscription Resumed', value: 'subscription_resumed' },
	{ name: 'Subscription Scheduled Cancellation Removed', value: 'subscription_scheduled_cancellation_removed', description: 'Takes the end date back' },
	{ name: 'Subscription Started', value: 'subscription_started' },
];

/** What a workflow that keeps m3ter in step must hear of. */
export const DEFAULT_EVENTS: readonly string[] = [
	'subscription_created',
	'subscription_started',
	'subscription_activated',
	'subscription_changed',
	'subscription_cancellation_scheduled',
	'subscription_scheduled_cancellation_removed',
	'subscription_cancelled',
	'subscription_reactivated',
	'subscription_paused',
	'subscription_resumed',
	'subscription_deleted',
];

/** Chargebee's event types behind the chosen ones, backdated twins included. */
export const withTwins = (chosen: readonly string[]): string[] =>
	chosen.flatMap((value) => {
		const twin = EVENT_CHOICES.find((choice) => choice.value === value)?.backdated;
		return twin === undefined ? [value] : [value, twin];
	});

/** Every event type that tells of a subscription. */
export const SUBSCRIPTION_EVENTS: readonly string[] = withTwins(EVENT_CHOICES.map(({ value }) => value).filter((value) => value.startsWith('subscription_')));
