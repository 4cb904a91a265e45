/** Names of one NetSuite account: `1234567` (production), `1234567_SB1` (sandbox), `1234567_RP` (release preview), `TSTDRV123` (test drive). */
export interface AccountNames {
	/** As OAuth 1.0a's realm and NetSuite's screens write it: `1234567_SB1`. */
	realm: string;
	/** Host of the REST services, e.g. `https://1234567-sb1.suitetalk.api.netsuite.com`. */
	restUrl: string;
	/** Host of the screens. */
	appUrl: string;
}

/** Takes either spelling (`1234567_SB1`, `1234567-sb1`). Mixing them up is NetSuite's usual reason for INVALID_LOGIN. */
export function accountNames(accountId: string): AccountNames {
	const realm = accountId.trim().toUpperCase().replace(/-/g, '_');
	const host = realm.toLowerCase().replace(/_/g, '-');
	return { realm, restUrl: `https://${host}.suitetalk.api.netsuite.com`, appUrl: `https://${host}.app.netsuite.com` };
}

/** The same request as NetSuite sees it, whatever proxy it goes through: what signatures have to be made of. */
export function urlAtNetSuite(accountId: string, url: string): URL {
	const called = new URL(url);
	const path = called.pathname.slice(Math.max(0, called.pathname.indexOf('/services/')));
	return new URL(accountNames(accountId).restUrl + path + called.search);
}
