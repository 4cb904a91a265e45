import type { INodeProperties } from 'n8n-workflow';

/** Options that mean the same for items and for files. */
export const sharedOptions = {
	checkMeter: {
		displayName: 'Check Data Fields',
		name: 'checkMeter',
		type: 'boolean',
		default: true,
		description: 'Whether to read the meter and refuse measurements that miss one of its data fields or have others. m3ter itself reports this only after it accepted them. The first item decides for all.',
	},
	convertNumericText: {
		displayName: 'Convert Numeric Text',
		name: 'convertNumericText',
		type: 'boolean',
		default: true,
		description: 'Whether text such as "12.5" becomes a number in measure, cost and income fields. Only exact conversions are made. The first item decides for all.',
	},
	dryRun: {
		displayName: 'Dry Run',
		name: 'dryRun',
		type: 'boolean',
		default: false,
		description: 'Whether to check everything and output the measurements without sending them',
	},
	zone: {
		displayName: 'Time Zone',
		name: 'zone',
		type: 'string',
		default: 'UTC',
		placeholder: 'e.g. Europe/Berlin',
		description: 'Time zone of timestamps that carry none',
	},
	verifyAccounts: {
		displayName: 'Verify Accounts',
		name: 'verifyAccounts',
		type: 'boolean',
		default: true,
		description: 'Whether to check that the accounts exist before sending. m3ter creates an account for every unknown code, so a typo would bill nobody. The first item decides for all.',
	},
} satisfies Record<string, INodeProperties>;

/** How hard m3ter is pressed. The defaults keep its published limits. */
export const paceOptions = {
	concurrency: {
		displayName: 'Concurrent Requests',
		name: 'concurrency',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 20, numberPrecision: 0 },
		default: 5,
		description: 'How many ingest requests may be under way at once',
	},
	requestsPerSecond: {
		displayName: 'Requests per Second',
		name: 'requestsPerSecond',
		type: 'number',
		typeOptions: { minValue: 0.1, maxValue: 50 },
		default: 16,
		description: 'Ingest requests started per second, each with up to 1,000 measurements. m3ter allows 50 for the whole organization, and 5,000 in 5 minutes (16 a second) from one IP address.',
	},
} satisfies Record<string, INodeProperties>;
