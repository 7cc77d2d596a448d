import { describe, expect, it } from 'vitest';
import { short, words } from '../../src/advisor/workload.js';

describe('advice in words', () => {
  it('has numbers with as many digits as mean something', () => {
    expect([0, 0.01234, 1.2345, 99.96, 1234, 12_345, 1_234_567, 2.5e10, Infinity].map(short)).toEqual(['0', '0.0123', '1.23', '100', '1234', '12.3 k', '1.23 M', '25 G', '∞']);
  });

  it('spells names out', () => {
    expect(words('freshEnoughByPull')).toBe('Fresh enough by pull');
  });
});
