/** Networks and rates for images of 32×32 pixels that train within minutes on a software adapter. */

/**
 * CycleGAN: the reference's method with small networks. With this few steps, a higher learning rate gets further. A discriminator of two
 * layers sees a whole 32×32 image (its receptive field is 34 pixels).
 */
export const smallCycleGan = { ngf: 16, ndf: 32, nBlocks: 3, netD: "n_layers", nLayersD: 2, lr: 1e-3 } as const;

/** pix2pix with a U-Net that halves an image of 32×32 pixels to one pixel. */
export const smallPix2Pix = { ngf: 32, ndf: 32, numDowns: 5, netD: "n_layers", nLayersD: 2, lr: 5e-4 } as const;
