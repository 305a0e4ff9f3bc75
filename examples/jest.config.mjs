import preset from '@robusta/test-kit/jest-preset';

// The folders beside it have tests of their own.
export default { ...preset, roots: ['<rootDir>/test'] };
