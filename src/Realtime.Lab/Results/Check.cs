using System.Text.Json.Serialization;

namespace Realtime.Lab.Results;

/// <summary>What a check found.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckOutcome>))]
public enum CheckOutcome
{
    /// <summary>As it should be.</summary>
    Passed,

    /// <summary>What was delivered is right, but the figures say something about the load generator or the machine, not only the server.</summary>
    Warning,

    /// <summary>The result is not valid.</summary>
    Failed,
}

/// <summary>One thing that a result is held to before it is shown.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Outcome">What was found.</param>
/// <param name="Detail">The numbers behind it.</param>
public sealed record Check(string Name, CheckOutcome Outcome, string Detail)
{
    internal static Check Of(string name, bool passed, string detail) => new(name, passed ? CheckOutcome.Passed : CheckOutcome.Failed, detail);

    internal static Check Warn(string name, bool passed, string detail) => new(name, passed ? CheckOutcome.Passed : CheckOutcome.Warning, detail);
}
