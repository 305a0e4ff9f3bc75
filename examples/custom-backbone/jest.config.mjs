export { default } from '@robusta/test-kit/jest-preset';
