/** Every suite runs TypeScript through swc; the suites are folders, chosen with `--selectProjects`. */
const transform = {
	'^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
};

const suite = (name, extra = {}) => ({
	displayName: name,
	testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
	testEnvironment: 'node',
	transform,
	setupFilesAfterEnv: ['<rootDir>/test/timeout.ts'],
	...extra,
});

module.exports = {
	// Tests wait for servers and timers more than they compute, so every core may have one; jest itself would leave one idle.
	maxWorkers: '100%',
	// n8n-core's modules are loaded anew for each file and not given back.
	workerIdleMemoryLimit: '1GB',
	projects: [
		suite('unit'),
		suite('engine'),
		suite('contract'),
		// One real n8n per file; the set-up builds and packs the package and installs n8n, once for all of them.
		suite('e2e', { globalSetup: '<rootDir>/test/e2e/setup.ts', setupFilesAfterEnv: ['<rootDir>/test/e2e/timeout.ts'] }),
	],
};
