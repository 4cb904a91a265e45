import { ACCOUNT_ID, CLIENT_ID, SCRIPT_SECRET, startNetSuiteSandbox, type NetSuiteSandbox } from '../sandbox/netsuite';
import { startObjectStorage, STORAGE_KEY_ID, STORAGE_SECRET, type ObjectStorage } from './objectStorage';

export type NetSuiteDemo = NetSuiteSandbox & { storage: ObjectStorage };

/** The seed's item that stands for m3ter's plan "pro": its name is the plan's code. */
export const PRO_ITEM = { id: '4020', name: 'pro', itemId: 'pro', displayName: 'Pro plan', itemType: 'Service' };
/** What bill lines fall back to. */
const USAGE_ITEM = '4010';

/** A NetSuite account with an item for the plan that is sold; beside it stands the storage with the usage files. */
export async function startNetSuiteWithStorage(port: number): Promise<NetSuiteDemo> {
	const storage = await startObjectStorage();
	const netSuite = await startNetSuiteSandbox({ port });
	netSuite.state.lists.item.set(PRO_ITEM.id, PRO_ITEM);
	const closeNetSuite = netSuite.close;
	return Object.defineProperties(netSuite, {
		storage: { value: storage },
		close: {
			value: async () => {
				await Promise.all([closeNetSuite(), storage.close()]);
			},
		},
	}) as NetSuiteDemo;
}

/** The credentials of a NetSuite administrator who set up a certificate, and of the storage. */
export const netSuiteCredentials = ({ url, keys, storage }: NetSuiteDemo) => [
	{
		name: 'NetSuite sandbox',
		type: 'netSuiteForM3terApi',
		data: {
			accountId: ACCOUNT_ID,
			authentication: 'certificate',
			clientId: CLIENT_ID,
			certificateId: keys.PS256.certificateId,
			privateKey: keys.PS256.privateKey,
			scriptSecret: SCRIPT_SECRET,
			baseUrl: url,
		},
	},
	{
		name: 'Usage storage',
		type: 's3',
		data: { endpoint: storage.url, region: 'us-east-1', accessKeyId: STORAGE_KEY_ID, secretAccessKey: STORAGE_SECRET, forcePathStyle: true, ignoreSSLIssues: false },
	},
];

/** What a user chooses on the templates' nodes beside credentials. */
export const NETSUITE_SETTINGS = {
	'Send to NetSuite': { options: { approval: 'withBill', item: USAGE_ITEM } },
	'Find or Create Customer': {
		recordOptions: {
			accountCode: '={{ $json.body.accountCode }}',
			changedAt: "={{ $json.body.changedAt || 'not given' }}",
			currency: '={{ $json.body.currency }}',
			status: "={{ $json.body.status || 'active' }}",
			subsidiary: '1',
		},
	},
};
