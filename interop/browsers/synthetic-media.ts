/** A script for pages: a tone and a picture that need no devices. It defines `audio()` and `video()`, each of which gives a new track. */
export function syntheticMedia(width: number, height: number): string {
  return `
  globalThis.audio = () => {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    const destination = context.createMediaStreamDestination();
    oscillator.connect(destination);
    oscillator.start();
    return destination.stream.getAudioTracks()[0];
  };
  globalThis.video = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: ${width}, height: ${height} });
    const context = canvas.getContext("2d");
    setInterval(() => { context.fillStyle = "#" + Math.random().toString(16).slice(2, 8); context.fillRect(0, 0, ${width}, ${height}); }, 50);
    return canvas.captureStream(20).getVideoTracks()[0];
  };`;
}
