/// The version of this package, which `edgeinfer --version` and `edgequant --version` print.
public enum PackageVersion {
  public static let text: StaticString = "0.1.0"
}
