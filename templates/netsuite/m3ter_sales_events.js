/**
 * Tells n8n that a customer, sales order or estimate was saved: the sender for "NetSuite for m3ter Trigger".
 * Posts ids only, signed and time-stamped; n8n reads the record itself. Never disturbs the person who saves.
 * Deployment steps: see README.md beside this file.
 *
 * @NApiVersion 2.1
 * @NScriptType UserEventScript
 * @NModuleScope SameAccount
 */
define(['N/crypto', 'N/encode', 'N/https', 'N/log', 'N/record', 'N/runtime'], (crypto, encode, https, log, record, runtime) => {
	/** Script parameters: set on each deployment. */
	const PARAMETERS = {
		url: 'custscript_m3ter_url',
		signer: 'custscript_m3ter_secret',
		reportRest: 'custscript_m3ter_report_rest',
		pendingField: 'custscript_m3ter_pending_field',
	};
	const DEFAULT_SIGNER = 'custsecret_m3ter';
	/** Orders that carry this external id are m3ter's own bills, not sales. */
	const OWN_PREFIX = 'm3ter_bill-';
	const OPERATIONS = { create: 'create', copy: 'create', edit: 'edit', xedit: 'edit', approve: 'approve', delete: 'delete' };

	const parameters = () => {
		const script = runtime.getCurrentScript();
		const read = (name) => script.getParameter({ name: PARAMETERS[name] });
		return { url: read('url'), signer: read('signer') || DEFAULT_SIGNER, reportRest: read('reportRest'), pendingField: read('pendingField') };
	};

	/** Sales orders may also be approved by an edit: from A, pending approval, to a later status. */
	const operationOf = ({ type, newRecord, oldRecord }) => {
		const operation = OPERATIONS[type];
		if (operation !== 'edit' || newRecord.type !== 'salesorder' || !oldRecord) return operation;
		const before = oldRecord.getValue({ fieldId: 'orderstatus' });
		const after = newRecord.getValue({ fieldId: 'orderstatus' });
		return before === 'A' && after && after !== 'A' && after !== 'C' && after !== 'H' ? 'approve' : operation;
	};

	/** What this script or the pack itself changed is no news. */
	const isOwnChange = (saved, reportRest) => {
		const { executionContext, ContextType } = runtime;
		if (executionContext === ContextType.USER_EVENT) return true;
		if (executionContext === ContextType.REST_WEBSERVICES && reportRest !== true && reportRest !== 'T') return true;
		return String(saved.getValue({ fieldId: 'externalid' }) || '').startsWith(OWN_PREFIX);
	};

	const bodyOf = (operation, saved) => {
		const now = new Date();
		const isCustomer = saved.type === 'customer';
		const entity = isCustomer ? saved.id : saved.getValue({ fieldId: 'entity' });
		return JSON.stringify({
			eventId: `${saved.type}-${saved.id}-${operation}-${now.getTime()}`,
			eventType: `${saved.type}.${operation}`,
			accountId: runtime.accountId,
			recordType: saved.type,
			recordId: String(saved.id),
			externalId: saved.getValue({ fieldId: 'externalid' }) || null,
			entityId: entity ? String(entity) : null,
			occurredAt: now.toISOString(),
		});
	};

	/** Lower-case hex of HMAC-SHA256 over "<timestamp>.<body>". */
	const signatureOf = (secret, timestamp, body) => {
		const key = crypto.createSecretKey({ secret, encoding: encode.Encoding.UTF_8 });
		const hmac = crypto.createHmac({ algorithm: crypto.HashAlg.SHA256, key });
		hmac.update({ input: `${timestamp}.${body}`, inputEncoding: encode.Encoding.UTF_8 });
		return hmac.digest({ outputEncoding: encode.Encoding.HEX }).toLowerCase();
	};

	const post = ({ url, signer }, body) => {
		const timestamp = String(Math.floor(Date.now() / 1000));
		const headers = {
			'Content-Type': 'application/json',
			'X-M3ter-NS-Timestamp': timestamp,
			'X-M3ter-NS-Signature': signatureOf(signer, timestamp, body),
		};
		const { code } = https.post({ url, headers, body });
		if (code < 200 || code > 299) throw new Error(`n8n answered ${code}`);
	};

	/** NetSuite sends nothing again. The note makes the record findable, and its change brings it into the next poll. */
	const note = (field, saved, text) => {
		if (!field || String(saved.getValue({ fieldId: field }) || '') === text) return;
		record.submitFields({ type: saved.type, id: saved.id, values: { [field]: text } });
	};

	const afterSubmit = (context) => {
		const saved = context.newRecord || context.oldRecord;
		let settings = {};
		let operation;
		try {
			operation = operationOf(context);
			settings = parameters();
			if (!operation || !settings.url || isOwnChange(saved, settings.reportRest)) return;
			post(settings, bodyOf(operation, saved));
			if (operation !== 'delete') note(settings.pendingField, saved, '');
		} catch (error) {
			log.error({ title: `m3ter: ${saved.type} ${saved.id} was not reported`, details: error });
			try {
				if (operation !== 'delete') note(settings.pendingField, saved, 'pending');
			} catch (noteError) {
				log.error({ title: `m3ter: ${saved.type} ${saved.id} could not be marked`, details: noteError });
			}
		}
	};

	return { afterSubmit };
});
