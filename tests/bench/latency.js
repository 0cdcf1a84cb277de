// Measures in the page, by the browser's own clock, how long a reader waits for a picture.
window.latency = {
  // Milliseconds from the next key to the next picture inside `output`: decoded, and the frame that shows it begun.
  nextPicture(output) {
    const image = output.querySelector("img.widget-image");
    const pressed = this.nextKey();
    this.result = new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error("no new picture within a minute")), 60000);
      const observer = new MutationObserver(async () => {
        observer.disconnect();
        resolve((await this.shown(image)) - (await pressed));
      });
      observer.observe(image, { attributes: true, attributeFilter: ["src"] });
    });
  },

  // Milliseconds from the next key to the first picture that stands inside `output`.
  firstPicture(output) {
    const pressed = this.nextKey();
    this.result = pressed.then(async (began) => {
      while (performance.now() < began + 120000) {
        const image = output.querySelector("img.widget-image");
        if (image && image.src && image.offsetHeight > 0) {
          return (await this.shown(image)) - began;
        }
        await new Promise(requestAnimationFrame);
      }
      throw new Error("no picture within two minutes");
    });
  },

  // When the key was pressed, not when its handlers came to run.
  nextKey() {
    return new Promise((resolve) => {
      window.addEventListener("keydown", (event) => resolve(event.timeStamp), { capture: true, once: true });
    });
  },

  async shown(image) {
    await image.decode().catch(() => undefined); // refused where the next picture is there already
    await new Promise(requestAnimationFrame);
    return performance.now();
  },

  // Counts the pictures that come, until it is asked.
  countPictures(output) {
    let count = 0;
    const image = output.querySelector("img.widget-image");
    const observer = new MutationObserver((changes) => {
      count += changes.length;
    });
    observer.observe(image, { attributes: true, attributeFilter: ["src"] });
    this.pictures = () => count;
  },
};
