// What a camera would read from a picture on the page.
import jsqr from "jsqr";
import type { Locator, Page } from "playwright-core";

/** Takes a picture of the code as it is drawn, and reads it. */
export async function readQr(page: Page, code: Locator): Promise<string | undefined> {
  const png = (await code.screenshot()).toString("base64");
  // an empty page unpacks the picture, because the desk's own policy is not in its way
  const empty = await page.context().newPage();
  try {
    const { width, height, bytes } = await empty.evaluate(async (base64) => {
      const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
      const picture = await createImageBitmap(blob);
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      const pen = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
      pen.drawImage(picture, 0, 0);
      const { data } = pen.getImageData(0, 0, picture.width, picture.height);
      return { width: picture.width, height: picture.height, bytes: Array.from(data) };
    }, png);
    return jsqr(Uint8ClampedArray.from(bytes), width, height)?.data;
  } finally {
    await empty.close();
  }
}
