import { loadContract, type Contract } from '../kit/contract';
import type { JsonObject } from '../kit/openapi';

/** Where the published document contradicts itself or what Java collections look like in JSON. */
function correct(document: JsonObject): void {
	const schemas = (document.components as JsonObject).schemas as JsonObject;
	const paths = document.paths as JsonObject;
	const org = '/organizations/{orgId}';

	// Sets and lists are declared as objects with an `empty` property.
	schemas.Set_String_ = { type: 'array', items: { type: 'string' } };
	schemas.ConfigOptions = { type: 'array', items: { type: 'object' } };

	// These declare an integration run; what they return is the integration configuration.
	answer(paths, `${org}/integrationconfigs/{id}`, ['get', 'delete', 'put'], 'IntegrationConfigResponse');
	answer(paths, `${org}/integrationconfigs/entity/{entityType}`, ['get'], 'PaginatedIntegrationConfigResponseData');

	// Required, yet an event nobody has actioned has none; the token's scope is null as well.
	property(schemas, 'EventResponse', 'dtActioned').nullable = true;
	property(schemas, 'BearerAccessTokenResponse', 'scope').nullable = true;
}

function property(schemas: JsonObject, schema: string, name: string): JsonObject {
	const properties = (schemas[schema] as JsonObject).properties as JsonObject;
	return properties[name] as JsonObject;
}

function answer(paths: JsonObject, path: string, methods: string[], schema: string): void {
	for (const method of methods) {
		const operation = (paths[path] as JsonObject)[method] as JsonObject;
		const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
		operation.responses = { '200': { content } };
	}
}

/** The published contract, put right where it is known to be wrong; undefined when the file is not there. */
export function m3terContract(): Contract | undefined {
	return loadContract('m3ter-openapi.json', { correct, uncovered: ['/presigned/:key'] });
}
