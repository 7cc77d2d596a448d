using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Realtime.Transports.Access;

/// <summary>Reads <c>Realtime:Origins</c>, a list or one text with commas, and refuses what no browser would send.</summary>
internal sealed class OriginOptionsSetup(IConfiguration configuration) : IConfigureOptions<OriginOptions>, IValidateOptions<OriginOptions>
{
    private const string Key = "Realtime:Origins";

    public void Configure(OriginOptions options)
    {
        var section = configuration.GetSection(Key);
        var listed = section.GetChildren().Select(child => child.Value ?? "");
        var joined = section.Value?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        foreach (var origin in listed.Concat(joined)) options.Origins.Add(origin);
    }

    public ValidateOptionsResult Validate(string? name, OriginOptions options) =>
        options.Origins.FirstOrDefault(origin => Origin.Normalize(origin) is null) is { } bad
            ? ValidateOptionsResult.Fail($"{Key} holds '{bad}'; each must be an origin such as https://app.example.org, without a path.")
            : ValidateOptionsResult.Success;
}
