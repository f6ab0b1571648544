/**
 * Constants of ITU-T G.722 §3, §5 and §6, with the names of its tables. Values are in the units of the integer description:
 * 16-bit words whose binary point is where the recommendation puts it.
 */

/** Table 11 (H): the 24 taps of the quadrature mirror filters; symmetrical. */
export const QMF_TAPS: readonly number[] = [
  3, -11, -11, 53, 12, -156, 32, 362, -210, -805, 951, 3876, 3876, 951, -805, -210, 362, 32, -156, 12, 53, -11, -11, 3,
];

/** Q6: decision levels of the 60-level quantizer of the lower band; the first applies between intervals 1 and 2. */
export const Q6: Int32Array = Int32Array.of(
  ...[35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714],
  ...[786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919],
);

/** Q2: the decision level of the four-level quantizer of the higher band. */
export const Q2 = 564;

/** QM6: output of the 60-level inverse quantizer by six-bit code. Codes 0 to 3 are not sent; they decode as the smallest negative value. */
export const QM6: Int32Array = Int32Array.of(
  ...[-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856],
  ...[-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728],
  ...[24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456],
  ...[4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136],
);

/** QM5: the 30-level inverse quantizer, by the upper five bits of the code. */
export const QM5: Int32Array = Int32Array.of(
  ...[-280, -280, -23352, -17560, -14120, -11664, -9752, -8184, -6864, -5712, -4696, -3784, -2960, -2208, -1520, -880],
  ...[23352, 17560, 14120, 11664, 9752, 8184, 6864, 5712, 4696, 3784, 2960, 2208, 1520, 880, 280, -280],
);

/** QM4: the 15-level inverse quantizer, by the upper four bits. The predictor of both ends runs on it whatever the mode. */
export const QM4: Int32Array = Int32Array.of(
  ...[0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0],
);

/** QM2: the four-level inverse quantizer of the higher band. */
export const QM2: Int32Array = Int32Array.of(-7408, -1616, 7408, 1616);

/** WL: how much the logarithmic scale factor of the lower band moves, by four-bit code (W_L through RL42). */
export const LOW_LOG_STEPS: Int32Array = Int32Array.of(
  ...[-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60],
);

/** WH: the same for the higher band, by two-bit code (W_H through RH2). */
export const HIGH_LOG_STEPS: Int32Array = Int32Array.of(798, -214, 798, -214);

/** ILB: 2048 times 2^(i/32). */
export const ILB: Int32Array = Int32Array.of(
  ...[2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834],
  ...[2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008],
);
