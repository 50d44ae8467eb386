/** How projections stand beside the parts of images, on the page of a look and in the studio. */
export const lookStyle = `
.features { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: .8rem; }
.feature { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; }
.feature img { display: block; width: 100%; border-radius: .2rem; }
`;
