using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Realtime.Testing.Clients;

/// <summary>The values that MessagePack reads without a type, as JSON.</summary>
internal static class NativeValue
{
    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 128 };

    internal static JsonElement ToJson(object? value) => JsonSerializer.SerializeToElement(ToNode(value), Deep);

    private static JsonNode? ToNode(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool truth => JsonValue.Create(truth),
        float or double => JsonValue.Create(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        ulong large => JsonValue.Create(large),
        sbyte or byte or short or ushort or int or uint or long => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        object?[] list => new JsonArray([.. list.Select(ToNode)]),
        IDictionary<object, object?> map => new JsonObject(map.Select(pair => KeyValuePair.Create((string)pair.Key, ToNode(pair.Value)))),
        _ => throw new InvalidDataException($"A value of type {value.GetType()} stands for no JSON."),
    };
}
