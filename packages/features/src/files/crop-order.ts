/** Where a crop lies in the picture. */
export type CropPlace = 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right' | 'centre';

/**
 * Order of the five crops of a row; ten are these and then the same of the mirrored picture.
 * `rtfm`: that of torchvision's ten-crop; `gottimukkala`: that of I3D_Feature_Extraction_resnet; `xd-violence`: that of
 * the official files, which name the centre first (the order of their corners is not documented; this is ours).
 */
export type CropOrder = 'rtfm' | 'gottimukkala' | 'xd-violence';

/** The place of each crop of a row. */
export const CROP_ORDERS: Readonly<Record<CropOrder, readonly CropPlace[]>> = {
  rtfm: ['top-left', 'top-right', 'bottom-left', 'bottom-right', 'centre'],
  gottimukkala: ['top-left', 'top-right', 'centre', 'bottom-left', 'bottom-right'],
  'xd-violence': ['centre', 'top-left', 'top-right', 'bottom-left', 'bottom-right'],
};

/** For each crop of `to`, its number in `from`. */
export function cropNumbers(from: CropOrder, to: CropOrder): number[] {
  return CROP_ORDERS[to].map((place) => CROP_ORDERS[from].indexOf(place));
}
