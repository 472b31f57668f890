/** Colour by value: dark and light tell low from high also without colour vision, and on both themes. */

/** @source viridis, van der Walt and Smith 2015, without its palest end, which white swallows */
const stops = [
  [68, 1, 84],
  [70, 50, 126],
  [54, 92, 141],
  [39, 127, 142],
  [31, 161, 135],
  [74, 193, 109],
  [160, 218, 57],
] as const;
/** The same from brighter violet on, for dark backgrounds. */
const stopsOnDark = [
  [122, 84, 190],
  [92, 112, 196],
  [72, 140, 190],
  [53, 168, 176],
  [64, 196, 150],
  [140, 220, 100],
  [253, 231, 37],
] as const;

/** Red, green, blue in 0 to 255 for a share in 0 to 1. */
export function shade(share: number, dark: boolean): readonly [number, number, number] {
  const list = dark ? stopsOnDark : stops;
  const at = Math.min(1, Math.max(0, share)) * (list.length - 1);
  const index = Math.min(list.length - 2, Math.floor(at));
  const [from, to] = [list[index]!, list[index + 1]!];
  const mix = (channel: 0 | 1 | 2) => Math.round(from[channel] + (to[channel] - from[channel]) * (at - index));
  return [mix(0), mix(1), mix(2)];
}

export function shadeText(share: number, dark: boolean): string {
  return `rgb(${shade(share, dark).join(",")})`;
}

/** Series are told apart by colour and dash: six colours and eight dashes of the style sheet, paired so that 48 series differ. */
export function seriesClass(index: number): string {
  // Six and eight meet again after 24: then the dashes move on by one.
  return `lepton-Colour${index % 6} lepton-Dash${(index + Math.floor(index / 24)) % 8}`;
}
