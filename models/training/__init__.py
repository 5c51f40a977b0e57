"""What the training scripts of this folder share: pictures, augmentation, export, curves, intervals."""
