export { toyAnomaly as hot, toySequence as sequence, toyVideos } from '../src/testing/toy.js';
