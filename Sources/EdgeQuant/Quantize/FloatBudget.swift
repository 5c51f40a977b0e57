/// Leaves layers in float32, those that disturb the answer most first, until the network is as good as was asked.
struct FloatBudget {
  /// In order of their disturbance, the largest first.
  let ranking: [String]

  /// - Parameter isMet: whether the network of a recipe is good enough; may be slow.
  /// - Returns: the recipe with the fewest float layers, taken in order of the ranking, that is good enough; nil if none is.
  func recipe(
    from recipe: QuantizationRecipe, _ isMet: (QuantizationRecipe) throws(QuantError) -> Bool
  ) throws(QuantError) -> QuantizationRecipe? {
    if try isMet(recipe) { return recipe }
    // Doubling finds a number of layers that is enough, halving the smallest.
    var (tooFew, enough) = (0, 1)
    while true {
      if try isMet(leavingFloat(enough, recipe)) { break }
      guard enough < ranking.count else { return nil }
      (tooFew, enough) = (enough, min(2 * enough, ranking.count))
    }
    while enough - tooFew > 1 {
      let middle = (tooFew + enough) / 2
      if try isMet(leavingFloat(middle, recipe)) { enough = middle } else { tooFew = middle }
    }
    return leavingFloat(enough, recipe)
  }

  private func leavingFloat(_ count: Int, _ recipe: QuantizationRecipe) -> QuantizationRecipe {
    var recipe = recipe
    for name in ranking.prefix(count) { recipe.layers[name, default: .init()].isFloat = true }
    return recipe
  }
}
